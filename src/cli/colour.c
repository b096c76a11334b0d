#include "cli/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

bool colour_wanted(int fd)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fd) && !(refused && *refused) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

/* ECMA-48 8.3.117: what every terminal of today knows. The colours are the user's own eight, so
   that they can be read on his background. */
void colour_words(struct buf *b, bool wanted, enum colour colour, const char *words)
{
	static const char *const codes[] = {
		[COLOUR_HEADING] = "1",  [COLOUR_TITLE] = "2", [COLOUR_GOOD] = "32",
		[COLOUR_DOUBT] = "33", [COLOUR_BAD] = "31",
	};

	if (wanted)
		buf_printf(b, "\033[%sm%s\033[0m", codes[colour], words);
	else
		buf_text(b, words);
}
