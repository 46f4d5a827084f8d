/*
 * sockets.c
 *		The sockets of libcurl in one epoll descriptor.
 */
#include "net/sockets.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct NetSocket
{
	uint32_t generation;
	uint32_t wanted;     /* EPOLLIN and EPOLLOUT, as libcurl has said last */
	uint32_t registered; /* the same, as the kernel was told last; 0 = not registered */
	bool ours;           /* its opening and closing pass through us */
	void *owner;         /* a line, or NULL */
} NetSocket;

bool
campaign_net_sockets_open(NetSockets *sockets, NetFailure *failure)
{
	memset(sockets, 0, sizeof(*sockets));
	sockets->failure = failure;
	sockets->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return campaign_net_check_system(failure, "epoll_create1", sockets->epoll_fd >= 0);
}

void
campaign_net_sockets_close(NetSockets *sockets)
{
	if (sockets->epoll_fd >= 0)
		close(sockets->epoll_fd);
	free(sockets->table);
	memset(sockets, 0, sizeof(*sockets));
	sockets->epoll_fd = -1;
}

/* The entry of a descriptor, making room for it; NULL if there is no memory. */
static NetSocket *
entry(NetSockets *sockets, int fd)
{
	if (fd >= sockets->size)
	{
		int size = fd + 64;
		NetSocket *table = realloc(sockets->table, (size_t) size * sizeof(NetSocket));

		if (table == NULL)
			return NULL;
		memset(table + sockets->size, 0, (size_t) (size - sockets->size) * sizeof(NetSocket));
		sockets->table = table;
		sockets->size = size;
	}
	return &sockets->table[fd];
}

/*
 * Makes the kernel's view that of wanted. The descriptor may have been closed and made anew behind
 * our back if it is not ours, so what the kernel knows of it can differ from what we told it.
 */
static void
register_wish(NetSockets *sockets, int fd, NetSocket *socket)
{
	struct epoll_event event;
	int rc;

	event.events = socket->wanted;
	event.data.u64 = (uint64_t) socket->generation << 32 | (uint32_t) fd;
	if (socket->wanted == 0)
	{
		/* it may be closed already, and thereby gone: no failure */
		(void) epoll_ctl(sockets->epoll_fd, EPOLL_CTL_DEL, fd, &event);
		socket->registered = 0;
		return;
	}
	rc = epoll_ctl(sockets->epoll_fd, socket->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
				   &event);
	if (rc != 0 && errno == ENOENT)
		rc = epoll_ctl(sockets->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	else if (rc != 0 && errno == EEXIST)
		rc = epoll_ctl(sockets->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	/* if it fails, no event comes and the transfer ends by its time-out */
	if (campaign_net_check_system(sockets->failure, "epoll_ctl", rc == 0))
		socket->registered = socket->wanted;
}

bool
campaign_net_sockets_opened(NetSockets *sockets, int fd)
{
	NetSocket *socket = entry(sockets, fd);

	if (socket == NULL)
		return false;
	socket->generation++;
	socket->wanted = 0;
	socket->registered = 0;
	socket->ours = true;
	socket->owner = NULL;
	return true;
}

void
campaign_net_sockets_closed(NetSockets *sockets, int fd)
{
	if (fd >= 0 && fd < sockets->size)
	{
		sockets->table[fd].generation++;
		sockets->table[fd].wanted = 0;
		sockets->table[fd].registered = 0;
		sockets->table[fd].ours = false;
		sockets->table[fd].owner = NULL;
	}
}

int
campaign_net_sockets_want(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	NetSockets *sockets = context;
	NetSocket *socket = entry(sockets, fd);

	(void) easy;
	(void) unused;
	/* -1 would kill every transfer of the multi handle; this one just hears of nothing */
	if (socket == NULL)
	{
		errno = ENOMEM;
		campaign_net_check_system(sockets->failure, "realloc", false);
		return 0;
	}
	socket->owner = NULL;
	socket->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		socket->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		socket->wanted |= EPOLLOUT;
	if (!socket->ours || (socket->wanted != socket->registered && socket->wanted != 0))
		register_wish(sockets, fd, socket);
	return 0;
}

void
campaign_net_sockets_own(NetSockets *sockets, int fd, void *owner)
{
	if (fd >= 0 && fd < sockets->size)
		sockets->table[fd].owner = owner;
}

void *
campaign_net_sockets_owner(const NetSockets *sockets, int fd)
{
	return sockets->table[fd].owner;
}

bool
campaign_net_sockets_event(NetSockets *sockets, const struct epoll_event *event, int *fd, int *mask)
{
	uint32_t happened = event->events;
	NetSocket *socket;

	*fd = (int) (event->data.u64 & UINT32_MAX);
	if (*fd >= sockets->size)
		return false;
	socket = &sockets->table[*fd];
	if (socket->generation != event->data.u64 >> 32)
		return false;
	if (socket->wanted == 0)
	{
		if (socket->registered != 0)
			register_wish(sockets, *fd, socket);
		return false;
	}
	/* an error is what the next read or write reports, with its true cause */
	if (happened & (EPOLLERR | EPOLLHUP))
		happened |= socket->wanted;
	*mask =
		(happened & EPOLLIN ? CURL_CSELECT_IN : 0) | (happened & EPOLLOUT ? CURL_CSELECT_OUT : 0);
	return *mask != 0;
}
