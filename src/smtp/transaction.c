/* One mail transaction, RFC 5321 3.3, written once for servers with and without PIPELINING: where it is missing, each command is
   settled before the next is said. */

#include "smtp/session.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A body above this waits for the replies to RCPT, so that a refused message is not carried there for nothing. */
	LARGE_BODY = 256 * 1024,
	/* Recipients of one transaction: replies of 1 KiB to so many fit what a conn may hear while it writes. The rest follows in the next. */
	RCPT_MAX = 4000
};

enum fate { FATE_WAITING, FATE_ACCEPTED, FATE_OTHER };

struct transaction {
	struct session *s;
	const struct envelope *e;
	struct slot **asked;  /* who was named in RCPT, in that order */
	enum fate *fates;
	size_t asked_count;
	size_t answered;      /* replies to RCPT heard */
	size_t accepted;
	bool reset_due;       /* the reply to RSET is to come */
	bool mail_due;        /* the reply to MAIL is to come */
	bool mail_refused;
};

/* A 421 may come at any time and ends the session; whoever is undecided stays so (RULES.md B4). */
static bool hear(struct transaction *t, struct reply *reply, enum stage stage, int64_t milliseconds)
{
	struct talk *talk = &t->s->talk;

	if (!talk_reply(talk, reply, stage, milliseconds))
		return false;
	if (reply->code != 421)
		return true;
	talk->fault = talk_status(talk, reply, stage);
	return false;
}

static bool nonsense(struct transaction *t, enum stage stage)
{
	t->s->talk.fault = talk_fault(&t->s->talk, FAULT_PROTOCOL, stage, "a reply that has no place here");
	return false;
}

/* One verdict for all of the envelope who have none. */
static void decide_all(struct transaction *t, struct status verdict)
{
	for (size_t i = 0; i < t->e->count; i++) {
		if (!t->e->slots[i].status.class)
			t->e->slots[i].status = verdict;
	}
}

/* One verdict for those whose RCPT had this fate. */
static void decide(struct transaction *t, enum fate fate, struct status verdict)
{
	for (size_t i = 0; i < t->asked_count; i++) {
		if (t->fates[i] == fate)
			t->asked[i]->status = verdict;
	}
}

static bool hear_reset(struct transaction *t)
{
	struct reply reply;

	t->reset_due = false;
	if (!hear(t, &reply, STAGE_MAIL, t->s->want.times->mail))
		return false;
	t->s->open = false;
	return reply.code / 100 == 2 || nonsense(t, STAGE_MAIL);
}

static bool hear_mail(struct transaction *t)
{
	struct reply reply;

	t->mail_due = false;
	if (!hear(t, &reply, STAGE_MAIL, t->s->want.times->mail))
		return false;
	if (reply.code / 100 == 3)
		return nonsense(t, STAGE_MAIL);
	t->mail_refused = reply.code >= 400;
	t->s->open |= !t->mail_refused;
	if (t->mail_refused || t->s->want.stop_after <= STAGE_MAIL)
		decide_all(t, talk_status(&t->s->talk, &reply, STAGE_MAIL));
	return true;
}

/* RFC 5321 4.5.3.1.10: 452, or 552 from old servers, after some were accepted means "no more in this transaction". One whose enhanced
   code speaks of the mailbox (RFC 3463: x.2.y), as of a full one, means that. */
static bool enough(const struct transaction *t, const struct reply *reply)
{
	return t->accepted && (reply->code == 452 || reply->code == 552) &&
	       status_of_reply(reply->code, STAGE_RCPT, reply->text).subject != 2;
}

static bool hear_rcpt(struct transaction *t)
{
	struct reply reply;
	size_t i = t->answered;

	if (!hear(t, &reply, STAGE_RCPT, t->s->want.times->rcpt))
		return false;
	t->answered++;
	if (reply.code / 100 == 3)
		return nonsense(t, STAGE_RCPT);
	t->fates[i] = FATE_OTHER;
	if (t->mail_refused || enough(t, &reply))
		return true;
	if (reply.code / 100 == 2) {
		t->fates[i] = FATE_ACCEPTED;
		t->accepted++;
	}
	if (reply.code / 100 != 2 || t->s->want.stop_after < STAGE_DONE)
		t->asked[i]->status = talk_status(&t->s->talk, &reply, STAGE_RCPT);
	return true;
}

/* Hear all replies that are due. */
static bool settle(struct transaction *t)
{
	bool good = !t->reset_due || hear_reset(t);

	good = good && (!t->mail_due || hear_mail(t));
	while (good && t->answered < t->asked_count)
		good = hear_rcpt(t);
	return good;
}

static bool settle_unless_pipelining(struct transaction *t)
{
	return t->s->offers.pipelining ? !t->s->talk.fault.class : settle(t);
}

/* RFC 5321 4.1.1.2; SIZE: RFC 1870 6; BODY: RFC 6152 3. */
static bool say_mail(struct transaction *t)
{
	const struct message *m = t->e->message;
	const struct session_offers *o = &t->s->offers;
	char size[40] = "";

	t->s->stage = STAGE_MAIL;
	if (!talk_in_turn(&t->s->talk, STAGE_MAIL))
		return false;
	if (t->s->open) {
		talk_say(&t->s->talk, "RSET");
		t->reset_due = true;
		if (!settle_unless_pipelining(t))
			return false;
	}
	if (o->size && m)
		snprintf(size, sizeof size, " SIZE=%" PRIu64, m->size);
	talk_say(&t->s->talk, "MAIL FROM:<%s>%s%s", t->e->sender, size,
	         o->eight_bit && m && m->eight_bit ? " BODY=8BITMIME" : "");
	t->mail_due = true;
	return settle_unless_pipelining(t) && !t->mail_refused;
}

static size_t rcpt_ceiling(const struct session *s)
{
	return s->offers.rcpt_max && s->offers.rcpt_max < RCPT_MAX ? s->offers.rcpt_max : RCPT_MAX;
}

static bool say_rcpts(struct transaction *t)
{
	size_t ceiling = rcpt_ceiling(t->s);

	t->s->stage = STAGE_RCPT;
	for (size_t i = 0; i < t->e->count && t->asked_count < ceiling; i++) {
		struct slot *slot = &t->e->slots[i];

		if (slot->status.class)
			continue;
		t->asked[t->asked_count++] = slot;
		if (!talk_say(&t->s->talk, "RCPT TO:<%s>", slot->wire) || !settle_unless_pipelining(t))
			return false;
	}
	return true;
}

static const char *message_trouble(struct transaction *t)
{
	t->s->talk.fault = talk_fault(&t->s->talk, FAULT_SYSTEM, STAGE_DATA, "cannot read the message back from its temporary file");
	decide(t, FATE_ACCEPTED, t->s->talk.fault);
	return NULL;
}

/* The bytes at offset, or NULL when they cannot be read: then nothing that ends the message may be said any more. */
static const char *content(struct transaction *t, uint64_t offset, char *window, size_t *size)
{
	const char *bytes = message_at(t->e->message, offset, window, size);

	return bytes ? bytes : message_trouble(t);
}

/* RFC 5321 4.5.2: a dot at the beginning of a line is doubled. */
static bool say_stuffed(struct talk *talk, const char *p, size_t size, bool *line_start, int64_t block)
{
	const char *end = p + size;

	while (p < end) {
		const char *newline = *line_start ? p - 1 : memmem(p, (size_t)(end - p), "\n.", 2);
		const char *stop = newline ? newline + 1 : end;

		if (!talk_content(talk, p, (size_t)(stop - p), block))
			return false;
		p = stop;
		if (p < end && *p == '.' && !talk_content(talk, ".", 1, block))
			return false;
		if (p < end && !talk_content(talk, p, 1, block))
			return false;
		p += p < end;
		*line_start = false;
	}
	*line_start = end[-1] == '\n';
	return true;
}

static bool say_message(struct transaction *t, bool stuff)
{
	const struct message *m = t->e->message;
	char *window = m->memory ? NULL : memory_get(1, MESSAGE_WINDOW);
	bool line_start = true, good = true;
	int64_t block = t->s->want.times->block;

	for (uint64_t at = 0; good && at < m->size;) {
		size_t size;
		const char *bytes = content(t, at, window, &size);

		good = bytes && (stuff ? say_stuffed(&t->s->talk, bytes, size, &line_start, block)
		                       : talk_content(&t->s->talk, bytes, size, block));
		at += bytes ? size : 0;
	}
	free(window);
	talk_remark(&t->s->talk, "message, %" PRIu64 " bytes", m->size);
	return good;
}

/* Nobody can know whether a server whose answer to the last byte is missing has taken the message: no other host may be tried
   (RULES.md B15). Who was not yet answered may be among those it took. */
static void uncertain(struct transaction *t)
{
	struct talk *talk = &t->s->talk;
	struct status verdict;

	if (t->mail_refused || talk->fault.reply)
		return; /* a 421 is an answer: not taken */
	verdict = talk_fault(talk, FAULT_UNCERTAIN, STAGE_DATA,
	                     arena_printf(talk->texts, "%s after the end of the message: it may have been delivered",
	                                  talk->fault.text));
	decide(t, FATE_ACCEPTED, verdict);
	decide(t, FATE_WAITING, verdict);
}

/* The answer to the end of the content. complete: the content's last byte has left us. */
static bool hear_end(struct transaction *t, struct reply *reply, bool complete)
{
	const struct session_times *times = t->s->want.times;

	if (!hear(t, reply, STAGE_DATA, complete ? times->end : times->block)) {
		if (complete)
			uncertain(t);
		return false;
	}
	if (reply->code / 100 == 3 || (!complete && reply->code / 100 == 2)) {
		nonsense(t, STAGE_DATA);
		if (complete)
			uncertain(t);
		return false;
	}
	return true;
}

static void decide_end(struct transaction *t, const struct reply *reply)
{
	struct status verdict = talk_status(&t->s->talk, reply, reply->code / 100 == 2 ? STAGE_DONE : STAGE_DATA);

	decide(t, FATE_ACCEPTED, verdict);
	t->s->open = false;
	t->s->stage = verdict.class == 2 ? STAGE_DONE : STAGE_DATA;
}

/* RFC 5321 3.3: a 354 although nobody was accepted is answered with nothing but the dot. */
static void send_nothing(struct transaction *t)
{
	struct reply reply;

	talk_content(&t->s->talk, ".\r\n", 3, t->s->want.times->block);
	if (hear(t, &reply, STAGE_DATA, t->s->want.times->end))
		t->s->open = false;
}

static void send_data(struct transaction *t)
{
	struct reply reply;
	bool complete;

	talk_say(&t->s->talk, "DATA");
	if (!settle(t) || !hear(t, &reply, STAGE_DATA, t->s->want.times->data))
		return;
	if (reply.code != 354) {
		if (reply.code < 400)
			nonsense(t, STAGE_DATA);
		else
			decide(t, FATE_ACCEPTED, talk_status(&t->s->talk, &reply, STAGE_DATA));
		return;
	}
	if (!talk_in_turn(&t->s->talk, STAGE_DATA))
		return;
	if (!t->accepted) {
		send_nothing(t);
		return;
	}
	complete = say_message(t, true) && talk_content(&t->s->talk, ".\r\n", 3, t->s->want.times->block) &&
	           talk_flush(&t->s->talk, t->s->want.times->block);
	if (hear_end(t, &reply, complete))
		decide_end(t, &reply);
}

/* A server that offers CHUNKING and does not know BDAT. Whether it has read the content as content or as commands shows in its
   answer to RSET, with which the next transaction begins (RULES.md B7). */
static bool not_understood(struct transaction *t, const struct reply *reply)
{
	if (reply->code != 500 && reply->code != 502 && reply->code != 504)
		return false;
	t->s->chunking_failed = true;
	t->s->offers.chunking = false;
	t->s->open = true;
	talk_remark(&t->s->talk, "BDAT was offered and is not understood: DATA from now on");
	return true;
}

/* RFC 3030 2: one chunk, the last one. */
static void send_chunk(struct transaction *t)
{
	struct reply reply;
	bool complete;

	talk_say(&t->s->talk, "BDAT %" PRIu64 " LAST", t->e->message->size);
	complete = say_message(t, false) && talk_flush(&t->s->talk, t->s->want.times->block);
	if (!settle(t)) {
		if (complete)
			uncertain(t);
		return;
	}
	if (!hear_end(t, &reply, complete))
		return;
	if (not_understood(t, &reply))
		return;
	decide_end(t, &reply);
	t->s->open = reply.code >= 400; /* RFC 3030 2: RSET after a BDAT that failed */
}

/* A run that stops earlier. DATA that is not followed by a message can only be taken back by hanging up: it is never said here. Where the
   conversation breaks, those accepted before are as undecided as they would be in a whole run. */
static void ask_only(struct transaction *t)
{
	bool said = t->s->want.stop_after <= STAGE_MAIL || say_rcpts(t);

	if (!settle(t) || !said)
		decide(t, FATE_ACCEPTED, (struct status){0});
}

static void transact(struct transaction *t)
{
	struct session *s = t->s;
	bool one_flight = s->offers.pipelining && t->e->message && t->e->message->size <= LARGE_BODY;

	if (!say_mail(t))
		return;
	if (s->want.stop_after < STAGE_DONE) {
		ask_only(t);
		return;
	}
	if (!say_rcpts(t)) {
		settle(t); /* what was answered counts, and why the rest was not is to be known */
		return;
	}
	if (!one_flight && (!settle(t) || !t->accepted))
		return;
	s->stage = STAGE_DATA;
	if (s->offers.chunking && s->want.chunking)
		send_chunk(t);
	else
		send_data(t);
}

void session_send(struct session *s, const struct envelope *e)
{
	struct transaction t = {.s = s, .e = e};

	if (e->message && s->offers.size_max && e->message->size > s->offers.size_max) {
		const char *words = arena_printf(s->talk.texts, "the message has %" PRIu64 " bytes, the server takes %" PRIu64,
		                                 e->message->size, s->offers.size_max);

		decide_all(&t, talk_fault(&s->talk, FAULT_TOO_LARGE, STAGE_MAIL, words));
		return;
	}
	t.asked = memory_get(e->count, sizeof(struct slot *));
	t.fates = memory_get(e->count, sizeof *t.fates);
	s->transactions++;
	transact(&t);
	free(t.asked);
	free(t.fates);
}
