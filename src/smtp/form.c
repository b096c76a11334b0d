#include "smtp/form.h"

#include "base/text.h"

#include <inttypes.h>

void form_decide(const struct envelope *e, struct status verdict)
{
	for (size_t i = 0; i < e->count; i++) {
		if (!e->slots[i].status.class)
			e->slots[i].status = verdict;
	}
}

/* RFC 6531 3.1: what is not ASCII in an address goes to servers that take it, and to no other;
   another host may. Those who can be served are. False: nobody can. */
static bool settle_utf8(struct session *s, const struct envelope *e, struct form *form)
{
	bool all = !text_is_ascii(e->sender) || (e->message && e->message->needs_utf8);
	size_t open = 0, utf8 = 0;

	for (size_t i = 0; i < e->count; i++) {
		open += !e->slots[i].status.class;
		utf8 += !e->slots[i].status.class && e->slots[i].utf8;
	}
	form->utf8 = s->offers.utf8 && (all || utf8);
	if (form->utf8 || (!all && !utf8))
		return true;
	s->unfit = talk_fault(&s->talk, FAULT_UTF8, STAGE_MAIL,
	                      "the server does not offer SMTPUTF8, without which an address that "
	                      "is not ASCII cannot be sent");
	return !all && utf8 < open;
}

/* RFC 6152 3: a server without 8BITMIME gets the version of the message in seven bits. */
static bool choose_version(struct session *s, const struct envelope *e, struct form *form)
{
	struct status fault;

	form->message = e->message;
	if (!e->message || !e->message->eight_bit || s->offers.eight_bit)
		return true;
	talk_remark(&s->talk, "no 8BITMIME: the message goes in seven bits");
	form->message = message_seven_bit(e->message, s->talk.texts, &fault);
	if (!form->message)
		form_decide(e, fault);
	return form->message != NULL;
}

/* RFC 1870 6.1: no byte of a message that the server says it will not take. */
static bool size_fits(struct session *s, const struct envelope *e, const struct form *form)
{
	uint64_t most = s->offers.size_max;
	struct talk *talk = &s->talk;

	if (!form->message || !most || form->message->size <= most)
		return true;
	form_decide(e, talk_fault(talk, FAULT_TOO_LARGE, STAGE_MAIL,
	                          arena_printf(talk->texts,
	                                       "the message has %" PRIu64
	                                       " bytes, the server takes %" PRIu64,
	                                       form->message->size, most)));
	return false;
}

bool form_choose(struct session *s, const struct envelope *e, struct form *form)
{
	return settle_utf8(s, e, form) && choose_version(s, e, form) && size_fits(s, e, form);
}
