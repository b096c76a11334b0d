#include "mail/message_seven.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/recode.h"

struct message_seven {
	pthread_mutex_t lock; /* of all below; who makes it holds it, so that all others wait */
	bool tried, good;
	struct message made;
	struct recode_trouble trouble;
	char folder[];
};

struct message_seven *seven_open(const char *temporary_folder)
{
	size_t size = strlen(temporary_folder) + 1;
	struct message_seven *seven = memory_get(1, sizeof *seven + size);

	pthread_mutex_init(&seven->lock, NULL);
	memcpy(seven->folder, temporary_folder, size);
	return seven;
}

void seven_close(struct message_seven *seven)
{
	if (!seven)
		return;
	if (seven->good)
		message_close(&seven->made);
	pthread_mutex_destroy(&seven->lock);
	free(seven);
}

/* A disk that was full for one is not asked again by all others. */
const struct message *message_seven_bit(const struct message *m, struct arena *texts,
                                        struct status *fault)
{
	struct message_seven *seven = m->seven;

	if (!m->eight_bit || !seven)
		return m;
	pthread_mutex_lock(&seven->lock);
	if (!seven->tried)
		seven->good =
			recode(&seven->made, m, RECODE_SEVEN_BIT, seven->folder, &seven->trouble);
	seven->tried = true;
	pthread_mutex_unlock(&seven->lock);
	if (seven->good)
		return &seven->made;
	*fault = recode_fault(&seven->trouble, seven->folder, STAGE_MAIL, texts);
	return NULL;
}
