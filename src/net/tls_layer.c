#include "net/tls_layer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/memory.h"

enum {
	/* One record holds 16 KiB at the most (RFC 8446 5.1); its wrapping, a KeyUpdate before it.
	 */
	RECORD_ROOM = 20 * 1024,
	/* Ciphertext that waits to be sent: seven full records in one write cost a seventh of the
	   system calls. One less than a power of two, for a buf doubles and puts a NUL behind. */
	OUT_MAX = 128 * 1024 - 1
};

static struct layer *layer_of(struct stream *s)
{
	return (struct layer *)s;
}

/* From here on there is nothing to be sent; what was to be sent is lost. */
static void fall_mute(struct layer *l, const char *trouble)
{
	l->mute = true;
	l->stream.trouble = trouble ? trouble : "connection lost";
	buf_clear(&l->out);
}

/* Hand ciphertext down, as much as the stream below takes without waiting. */
static void hand_down(struct layer *l)
{
	ssize_t size = 1;
	size_t gone = 0;

	while (size > 0 && gone < l->out.size) {
		size = l->below->ops->write(l->below, l->out.bytes + gone, l->out.size - gone);
		gone += size > 0 ? (size_t)size : 0;
	}
	buf_drop(&l->out, gone);
	if (size == STREAM_BROKEN)
		fall_mute(l, l->below->trouble);
}

/* Never refuses, so that GnuTLS never holds back half a record of its own and no call has to be
   repeated with the same bytes: our own writes leave room first. What GnuTLS answers by itself is a
   few bytes; only a server that asks thousands of times and reads nothing gets past the ceiling. */
static ssize_t push(gnutls_transport_ptr_t layer, const void *bytes, size_t size)
{
	struct layer *l = layer;

	if (!l->mute)
		buf_add(&l->out, bytes, size);
	if (l->out.failed)
		fall_mute(l, "the server asks and does not listen");
	return (ssize_t)size;
}

static ssize_t pull(gnutls_transport_ptr_t layer, void *into, size_t room)
{
	struct layer *l = layer;
	ssize_t size;

	size = l->below->ops->read(l->below, into, room);
	l->ended = size == STREAM_END;
	if (size >= 0)
		return size;
	hand_down(l); /* the server may need it before it says another word */
	gnutls_transport_set_errno(l->session, size == STREAM_AGAIN ? EAGAIN : ECONNRESET);
	return -1;
}

/* Whoever wants to know shall pull and see: that never blocks. */
static int pull_timeout(gnutls_transport_ptr_t layer, unsigned milliseconds)
{
	(void)layer;
	(void)milliseconds;
	return 1;
}

static const char *reason(const struct layer *l, int code)
{
	const char *words = gnutls_strerror(code);

	if (code == GNUTLS_E_PULL_ERROR)
		words = l->below->trouble;
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		words = gnutls_alert_get_name(gnutls_alert_get(l->session));
	return words ? words : "unknown";
}

/* Without the full stop of GnuTLS' sentences. */
const char *layer_describe(const struct layer *l, int code, const char *what, char *text,
                           size_t room)
{
	const char *words = reason(l, code);
	const char *whose = code == GNUTLS_E_FATAL_ALERT_RECEIVED ? "alert from the server: " : "";

	snprintf(text, room, "%s: %s%.*s", what, whose, (int)strcspn(words, "."), words);
	return text;
}

static ssize_t layer_broken(struct layer *l, int code)
{
	gnutls_alert_send_appropriate(l->session, code);
	hand_down(l);
	if (!*l->trouble) /* what follows the first fault says less */
		l->stream.trouble =
			layer_describe(l, code, "TLS failed", l->trouble, sizeof l->trouble);
	return STREAM_BROKEN;
}

static ssize_t layer_read(struct stream *s, void *into, size_t room)
{
	struct layer *l = layer_of(s);
	ssize_t size = gnutls_record_recv(l->session, into, room);

	if (size >= 0)
		return size; /* 0 after a close_notify: STREAM_END */
	/* RFC 5246 7.4.1.1: a HelloRequest may be declined. */
	if (size == GNUTLS_E_REHANDSHAKE)
		gnutls_alert_send(l->session, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	/* A session ticket, a KeyUpdate, a warning: nothing for us, and more may be there already.
	   One at a time: a server that sends nothing else shall meet the deadline in wait. */
	if (!gnutls_error_is_fatal((int)size))
		return STREAM_AGAIN;
	if (!l->ended)
		return layer_broken(l, (int)size);
	s->trouble = "the server closed the connection without ending TLS";
	return STREAM_END;
}

static bool has_room(const struct layer *l)
{
	return l->out.size + RECORD_ROOM <= OUT_MAX;
}

static ssize_t layer_write(struct stream *s, const void *from, size_t size)
{
	struct layer *l = layer_of(s);
	const char *bytes = from;
	size_t taken = 0;

	while (taken < size && has_room(l)) {
		/* One record at the most, whatever the size. */
		ssize_t sent = gnutls_record_send(l->session, bytes + taken, size - taken);

		if (sent < 0)
			return layer_broken(l, (int)sent);
		taken += (size_t)sent;
	}
	hand_down(l);
	if (l->mute)
		return STREAM_BROKEN;
	return taken ? (ssize_t)taken : STREAM_AGAIN;
}

/* Who may write but no longer can learns it from write. */
static bool ready_at_once(const struct layer *l, short events)
{
	return (events & POLLIN && gnutls_record_check_pending(l->session) > 0) ||
	       (events & POLLOUT && has_room(l));
}

/* Ciphertext that is left goes down while the answer is waited for, which may not come without it.
   Each turn hands some down or is the last, so this never spins. */
static int layer_wait(struct stream *s, short events, struct deadline until)
{
	struct layer *l = layer_of(s);

	while (!ready_at_once(l, events)) {
		size_t left = l->out.size;
		short below = (short)((events & POLLIN) | (left ? POLLOUT : 0));
		int ready;

		/* poll prefers what is ready to the deadline: a server that sends records without
		   content for ever would hold us for ever. */
		if (deadline_passed(until))
			return 0;
		ready = l->below->ops->wait(l->below, below, until);
		if (ready <= 0 || !left)
			return ready;
		hand_down(l);
		if (l->out.size == left)
			return ready; /* so it was POLLIN */
	}
	return 1;
}

void layer_abandon(struct layer *l)
{
	hand_down(l);
	l->below->ops->close(l->below);
	gnutls_deinit(l->session);
	buf_free(&l->out);
	free(l);
}

/* RFC 8446 6.1: our goodbye does not wait for the server's. */
static void layer_close(struct stream *s)
{
	struct layer *l = layer_of(s);

	gnutls_bye(l->session, GNUTLS_SHUT_WR);
	layer_abandon(l);
}

struct layer *layer_open(struct stream *below)
{
	static const struct stream_ops ops = {layer_read, layer_write, layer_wait, layer_close};
	const unsigned flags =
		GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;
	struct layer *l = memory_get(1, sizeof *l);

	l->stream.ops = &ops;
	l->below = below;
	buf_init(&l->out, OUT_MAX);
	if (gnutls_init(&l->session, flags) < 0) {
		l->session = NULL;
		return l;
	}
	gnutls_transport_set_ptr(l->session, l);
	gnutls_transport_set_push_function(l->session, push);
	gnutls_transport_set_pull_function(l->session, pull);
	gnutls_transport_set_pull_timeout_function(l->session, pull_timeout);
	return l;
}
