#include "base/gzip.h"

#define ZLIB_CONST /* what is packed is only read */
#include <zlib.h>

enum {
	WINDOW_GZIP = 15 + 16, /* the largest window, and gzip's header around */
	MEMORY_DEFAULT = 8
};

void gzip_pack(struct buf *out, const char *bytes, size_t size)
{
	z_stream z = {0};
	size_t room;
	char *to;

	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY_DEFAULT,
	                 Z_DEFAULT_STRATEGY) != Z_OK) {
		out->failed = true;
		return;
	}
	room = deflateBound(&z, size);
	to = buf_space(out, room);
	z.next_in = (const Bytef *)bytes;
	z.avail_in = (uInt)size;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)room;
	if (to && z.avail_in == size && z.avail_out == room &&
	    deflate(&z, Z_FINISH) == Z_STREAM_END)
		buf_took(out, room - z.avail_out);
	else
		out->failed = true;
	deflateEnd(&z);
}
