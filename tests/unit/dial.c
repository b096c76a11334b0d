/* What net/dial.h promises of the network, with sockets of this machine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/dial.h"

static const struct ip here = {.family = AF_INET, .bytes = {127, 0, 0, 1}};
static const struct deadline soon = {.at = 0, .cancel_fd = -1};

static int listen_at(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_return_code(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_return_code(listen(fd, 4), 0);
	assert_return_code(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static struct deadline patient(void)
{
	return deadline_in((struct deadline){.at = DEADLINE_NEVER, .cancel_fd = -1}, 20 * 1000);
}

/* A dial that stands, and the server's end of it. */
static struct dial connected(int listener, uint16_t port, int *server)
{
	struct dialer *dialer = dial_network();
	struct dial dial = dialer->ops->begin(dialer, &here, port), *one = &dial;

	if (dial.state == DIAL_PENDING)
		assert_int_equal(dialer->ops->wait(dialer, &one, 1, patient()), 1);
	assert_int_equal(dial.state, DIAL_UP);
	assert_int_equal(dial.local.family, AF_INET);
	*server = accept(listener, NULL, NULL);
	assert_true(*server >= 0);
	return dial;
}

static void one_that_stands_is_listened_to(void **state)
{
	struct dialer *dialer = dial_network();
	uint16_t port;
	int listener = listen_at(&port), servers[2];
	struct dial speaks = connected(listener, port, &servers[0]);
	struct dial leaves = connected(listener, port, &servers[1]);
	struct dial *both[2] = {&speaks, &leaves};
	char byte;

	(void)state;
	assert_int_equal(dialer->ops->wait(dialer, both, 2, soon), 0);
	assert_int_equal(speaks.state, DIAL_UP);
	assert_int_equal(leaves.state, DIAL_UP);
	assert_int_equal(send(servers[0], "2", 1, 0), 1);
	assert_int_equal(dialer->ops->wait(dialer, both, 2, patient()), 1);
	assert_int_equal(speaks.state, DIAL_HEARD);
	assert_int_equal(leaves.state, DIAL_UP);
	close(servers[1]);
	assert_int_equal(dialer->ops->wait(dialer, both + 1, 1, patient()), 1);
	assert_int_equal(leaves.state, DIAL_HEARD);
	/* Nothing was read. */
	assert_int_equal(speaks.stream->ops->read(speaks.stream, &byte, 1), 1);
	assert_int_equal(leaves.stream->ops->read(leaves.stream, &byte, 1), STREAM_END);
	speaks.stream->ops->close(speaks.stream);
	leaves.stream->ops->close(leaves.stream);
	close(servers[0]);
	close(listener);
}

static void nobody_listens(void **state)
{
	struct dialer *dialer = dial_network();
	uint16_t port;
	int listener = listen_at(&port);
	struct dial dial, *one = &dial;

	(void)state;
	close(listener);
	dial = dialer->ops->begin(dialer, &here, port);
	if (dial.state == DIAL_PENDING)
		assert_int_equal(dialer->ops->wait(dialer, &one, 1, patient()), 1);
	assert_int_equal(dial.state, DIAL_FAILED);
	assert_int_equal(dial.cause, DIAL_OTHER);
	assert_string_equal(dial.trouble, "connection refused");
	assert_null(dial.stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_stands_is_listened_to),
		cmocka_unit_test(nobody_listens),
	};

	return cmocka_run_group_tests_name("net/dial", tests, NULL, NULL);
}
