/* How the receiving server behaves at an address, and the words for it. */
#ifndef BENCH_MANNERS_H
#define BENCH_MANNERS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct manners {
	bool chunking, starttls, greet421, mail451, silent, nohash;
	unsigned most;
	char limits[128];
};

static inline bool *manners_switch(struct manners *m, const char *word, size_t size)
{
	const struct {
		const char *name;
		bool *on;
	} switches[] = {
		{"chunking", &m->chunking}, {"starttls", &m->starttls}, {"421", &m->greet421},
		{"451", &m->mail451},       {"silent", &m->silent},     {"nohash", &m->nohash},
	};
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		if (strlen(switches[i].name) == size && memcmp(word, switches[i].name, size) == 0)
			return switches[i].on;
	return NULL;
}

static inline bool manners_word(struct manners *m, const char *word, size_t size)
{
	bool *on = manners_switch(m, word, size);
	if (on) {
		*on = true;
	} else if (strncmp(word, "most:", 5) == 0) {
		m->most = (unsigned)strtoul(word + 5, NULL, 10);
	} else if (strncmp(word, "limits:", 7) == 0 && size - 7 < sizeof m->limits) {
		memcpy(m->limits, word + 7, size - 7);
		for (char *plus; (plus = strchr(m->limits, '+'));)
			*plus = ' ';
	} else {
		return false;
	}
	return true;
}

static inline bool manners_read(struct manners *m, const char *words)
{
	for (size_t size; *words; words += size + (words[size] == ',')) {
		size = strcspn(words, ",");
		if (!manners_word(m, words, size))
			return false;
	}
	return true;
}

#endif
