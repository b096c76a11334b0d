/* One mail transaction, RFC 5321 3.3, written once for servers with and without PIPELINING: where
   it is missing, each command is settled before the next is said. */

#include "smtp/session.h"

#include "base/memory.h"
#include "base/text.h"
#include "smtp/body.h"
#include "smtp/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A body above this waits for the replies to RCPT, so that a refused message is not carried
	   there for nothing. */
	LARGE_BODY = 256 * 1024,
	/* Recipients of one transaction where no LIMITS says more; the rest follows in the next.
	   Postfix takes so many, and counts those far above it as errors for which it hangs up in
	   the end. */
	RCPT_MAX = 1000,
	/* The same where LIMITS does: replies of 1 KiB to so many fit what a conn may hear while it
	   writes. */
	RCPT_LIMIT = 4000
};

enum fate { FATE_WAITING, FATE_ACCEPTED, FATE_OTHER };

struct transaction {
	struct session *s;
	const struct envelope *e;
	struct form form;
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
	t->s->talk.fault =
		talk_fault(&t->s->talk, FAULT_PROTOCOL, stage, "a reply that has no place here");
	return false;
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
	struct status verdict;

	t->mail_due = false;
	if (!hear(t, &reply, STAGE_MAIL, t->s->want.times->mail))
		return false;
	if (reply.code / 100 == 3)
		return nonsense(t, STAGE_MAIL);
	t->s->heard.mail = talk_status(&t->s->talk, &reply, STAGE_MAIL);
	t->mail_refused = reply.code >= 400;
	t->s->open |= !t->mail_refused;
	if (!t->mail_refused && t->s->want.stop_after > STAGE_MAIL)
		return true;
	verdict = t->s->heard.mail;
	if (verdict.class == 5 && verdict.subject == 7)
		t->s->unfit = verdict; /* it is us that it refuses, perhaps only at this address of
		                          ours: RULES.md B21 */
	else
		form_decide(t->e, verdict);
	return true;
}

/* RFC 5321 4.5.3.1.10: 452, or 552 from old servers, after some were accepted means "no more in
   this transaction". One whose enhanced code speaks of the mailbox (RFC 3463: x.2.y), as of a full
   one, means that. */
static bool enough(const struct transaction *t, const struct reply *reply)
{
	struct status s = status_of_reply(reply->code, STAGE_RCPT, reply->text);

	if (!t->accepted || (s.class != 4 && reply->code != 552))
		return false;
	return (s.subject == 5 && s.detail == 3) ||
	       ((reply->code == 452 || reply->code == 552) && s.subject != 2);
}

/* Some servers take one domain a transaction, and put off recipients of a second one (451, or a
   complaint about the protocol). Such a refusal is not believed; from then on domains are named
   alone, until one is refused alone, too. */
static bool for_company(struct transaction *t, size_t i, const struct reply *reply)
{
	struct session *s = t->s;
	struct status verdict = status_of_reply(reply->code, STAGE_RCPT, reply->text);
	bool maybe = verdict.class == 4 ||
	             (verdict.class == 5 && (verdict.subject == 3 || verdict.subject == 5));

	if (!maybe || s->together || !t->accepted)
		return false;
	s->doubtful |= !text_same(t->asked[i]->domain, t->asked[0]->domain);
	return !text_same(t->asked[i]->domain, t->asked[0]->domain);
}

/* Room for one more. There is one recipient most often, and thousands of such deliveries. */
static void answers_grow(struct session_heard *heard, struct arena *a)
{
	size_t kept = heard->rcpt_kept;
	struct session_answer *larger;

	if (kept & (kept - 1))
		return; /* it was doubled when it was full, at 1, 2, 4, ... */
	larger = arena_array(a, kept ? 2 * kept : 1, sizeof *larger);
	if (kept)
		memcpy(larger, heard->rcpt, kept * sizeof *larger);
	heard->rcpt = larger;
}

static void keep_answer(struct transaction *t, const struct slot *slot, const struct reply *reply)
{
	struct session_heard *heard = &t->s->heard;

	heard->rcpt_count++;
	heard->rcpt_accepted += reply->code / 100 == 2;
	if (heard->rcpt_kept == SESSION_ANSWERS_MAX)
		return;
	answers_grow(heard, t->s->want.texts);
	heard->rcpt[heard->rcpt_kept++] = (struct session_answer){
		.wire = slot->wire,
		.status = talk_status(&t->s->talk, reply, STAGE_RCPT),
	};
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
	if (t->mail_refused)
		return true;
	keep_answer(t, t->asked[i], &reply);
	if (enough(t, &reply)) {
		t->s->offers.rcpt_max = t->accepted; /* learned: what is asked above it again may
		                                        count as an error there */
		return true;
	}
	if (for_company(t, i, &reply))
		return true;
	t->s->together |= t->s->doubtful && reply.code >= 400;
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

/* RFC 5321 4.1.1.2 with SIZE (RFC 1870 6), BODY (RFC 6152 3), SMTPUTF8 (RFC 6531 3.4), RET and
   ENVID (RFC 3461 4). */
static void say_mail_command(struct transaction *t)
{
	const struct session_offers *o = &t->s->offers;
	const struct envelope *e = t->e;
	const struct message *m = t->form.message;
	bool ret = o->dsn && e->dsn_return, id = o->dsn && e->envelope_id;
	char size[40] = "";

	if (o->size && m)
		snprintf(size, sizeof size, " SIZE=%" PRIu64, m->size);
	talk_say(&t->s->talk, "MAIL FROM:<%s>%s%s%s%s%s%s%s%s", e->sender, size,
	         o->eight_bit && m && m->eight_bit ? " BODY=8BITMIME" : "",
	         t->form.utf8 ? " SMTPUTF8" : "", ret ? " RET=" : "", ret ? e->dsn_return : "",
	         id ? " ENVID=" : "", id ? e->envelope_id : "",
	         t->s->want.require_tls ? " REQUIRETLS" : "");
}

static void say_rcpt_command(struct transaction *t, const struct slot *slot)
{
	bool notify = t->s->offers.dsn && slot->notify,
	     original = t->s->offers.dsn && slot->original;

	talk_say(&t->s->talk, "RCPT TO:<%s>%s%s%s%s", slot->wire, notify ? " NOTIFY=" : "",
	         notify ? slot->notify : "", original ? " ORCPT=" : "",
	         original ? slot->original : "");
}

static bool say_mail(struct transaction *t)
{
	t->s->stage = STAGE_MAIL;
	if (!talk_in_turn(&t->s->talk, STAGE_MAIL))
		return false;
	if (t->s->open) {
		talk_say(&t->s->talk, "RSET");
		t->reset_due = true;
		if (!settle_unless_pipelining(t))
			return false;
	}
	say_mail_command(t);
	t->mail_due = true;
	return settle_unless_pipelining(t) && !t->mail_refused;
}

static size_t rcpt_ceiling(const struct session *s)
{
	uint64_t most = s->offers.rcpt_max ? s->offers.rcpt_max : RCPT_MAX;

	return most < RCPT_LIMIT ? most : RCPT_LIMIT;
}

static uint64_t domain_ceiling(const struct session *s)
{
	if (s->doubtful && !s->together)
		return 1;
	return s->offers.domain_max ? s->offers.domain_max : UINT64_MAX;
}

static bool say_rcpts(struct transaction *t)
{
	size_t ceiling = rcpt_ceiling(t->s);
	uint64_t domains = domain_ceiling(t->s);
	const char *domain = "";

	t->s->stage = STAGE_RCPT;
	for (size_t i = 0; i < t->e->count && t->asked_count < ceiling; i++) {
		struct slot *slot = &t->e->slots[i];

		if (slot->status.class || (slot->utf8 && !t->form.utf8))
			continue;
		if (!text_same(slot->domain, domain) && !domains--)
			break;
		domain = slot->domain;
		t->asked[t->asked_count++] = slot;
		say_rcpt_command(t, slot);
		if (!settle_unless_pipelining(t))
			return false;
	}
	return true;
}

/* Nobody can know whether a server whose answer to the last byte is missing has taken the message:
   no other host may be tried (RULES.md B15). Who was not yet answered may be among those it took.
   */
static void uncertain(struct transaction *t)
{
	struct talk *talk = &t->s->talk;
	struct status verdict;

	if (t->mail_refused || talk->fault.reply)
		return; /* a 421 is an answer: not taken */
	verdict = talk_fault(
		talk, FAULT_UNCERTAIN, STAGE_DATA,
		arena_printf(talk->texts,
	                     "%s after the end of the message: it may have been delivered",
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
	struct status verdict =
		talk_status(&t->s->talk, reply, reply->code / 100 == 2 ? STAGE_DONE : STAGE_DATA);

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
	complete = body_say(&t->s->talk, t->form.message, true, t->s->want.times->block) &&
	           talk_content(&t->s->talk, ".\r\n", 3, t->s->want.times->block) &&
	           talk_flush(&t->s->talk, t->s->want.times->block);
	if (hear_end(t, &reply, complete))
		decide_end(t, &reply);
}

/* A server that offers CHUNKING and does not know BDAT. Whether it has read the content as content
   or as commands shows in its answer to RSET, with which the next transaction begins (RULES.md B7).
   */
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

	talk_say(&t->s->talk, "BDAT %" PRIu64 " LAST", t->form.message->size);
	complete = body_say(&t->s->talk, t->form.message, false, t->s->want.times->block) &&
	           talk_flush(&t->s->talk, t->s->want.times->block);
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

/* A run that stops earlier. DATA that is not followed by a message can only be taken back by
   hanging up: it is never said here. Where the conversation breaks, those accepted before are as
   undecided as they would be in a whole run. */
static void ask_only(struct transaction *t)
{
	bool said = t->s->want.stop_after <= STAGE_MAIL || say_rcpts(t);

	if (!settle(t) || !said)
		decide(t, FATE_ACCEPTED, (struct status){0});
}

static void transact(struct transaction *t)
{
	struct session *s = t->s;
	const struct message *m = t->form.message;
	bool one_flight = s->offers.pipelining && m && m->size <= LARGE_BODY;

	if (!say_mail(t))
		return;
	if (s->want.stop_after < STAGE_DONE) {
		ask_only(t);
		return;
	}
	if (!say_rcpts(t))
		return;
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

	if (!form_choose(s, e, &t.form))
		return;
	t.asked = memory_get(e->count, sizeof(struct slot *));
	t.fates = memory_get(e->count, sizeof *t.fates);
	s->transactions++;
	transact(&t);
	free(t.asked);
	free(t.fates);
}
