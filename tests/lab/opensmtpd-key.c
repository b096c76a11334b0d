/* Gives OpenSMTPD its private key back. OpenSMTPD 6.8 built with OpenSSL 3 (Debian 12, Ubuntu 22.04) fails
   every handshake with "missing private key": its key lives in another process, and OpenSSL 3 no longer asks
   that one (https://github.com/OpenSMTPD/OpenSMTPD/issues/1171). Preloaded, this hands the key in LAB_KEY
   to each TLS context. No OpenSSL header, so that the lab needs no -dev package of it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct bio;
struct context;
struct key;
struct bio *BIO_new_mem_buf(const void *data, int size);
int BIO_free(struct bio *bio);
struct key *PEM_read_bio_PrivateKey(struct bio *bio, struct key **key, void *password, void *argument);
int SSL_CTX_use_PrivateKey(struct context *context, struct key *key);

static char text[16384];
static ssize_t size;

/* Before smtpd locks itself into an empty folder. */
__attribute__((constructor)) static void read_key(void)
{
	const char *path = getenv("LAB_KEY");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	size = read(fd, text, sizeof text);
	close(fd);
}

int SSL_CTX_use_PrivateKey(struct context *context, struct key *key)
{
	int (*next)(struct context *, struct key *) =
		(int (*)(struct context *, struct key *))dlsym(RTLD_NEXT, "SSL_CTX_use_PrivateKey");
	struct bio *bio = size > 0 ? BIO_new_mem_buf(text, (int)size) : NULL;
	struct key *real = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	if (bio)
		BIO_free(bio);
	return next(context, real ? real : key);
}
