/*
 * never.c
 *		A resolver that does not answer, for names that end in ".never.test"; others are asked for as
 *		ever. Preloaded (LD_PRELOAD) into a server, whose libcurl asks in a thread: it stands for a name
 *		server that is not there, with which getaddrinfo() waits for up to half a minute.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>

typedef int (*Resolver)(const char *name, const char *service, const struct addrinfo *hints,
						struct addrinfo **found);

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
			struct addrinfo **found)
{
	static const char never[] = ".never.test";
	size_t len = name == NULL ? 0 : strlen(name);
	Resolver real;

	while (len >= sizeof(never) - 1 && strcmp(name + len - (sizeof(never) - 1), never) == 0)
		(void) poll(NULL, 0, -1);
	*(void **) &real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, found);
}
