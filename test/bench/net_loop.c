/*
 * net_loop.c
 *		The load of bare_curl through src/net, to see what its checks, copies and time-outs cost.
 *
 *		net_loop URL PLACES REQUESTS
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/http.h"

#define BODY_LEN 330

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static NetLoop *
open_loop(int places)
{
	NetLimits limits;
	char error[200];
	NetLoop *loop;

	memset(&limits, 0, sizeof(limits));
	limits.max_places = places;
	limits.connect_timeout_ms = 10000;
	limits.total_timeout_ms = 30000;
	limits.body_cap = 64 * 1024;
	campaign_net_networks_read("127.0.0.0/8, ::1", &limits.private_networks);
	limits.allow_http = true;
	loop = campaign_net_open(&limits, error, sizeof(error));
	if (loop == NULL)
	{
		fprintf(stderr, "net_loop: %s\n", error);
		exit(1);
	}
	return loop;
}

int
main(int argc, char **argv)
{
	char body[BODY_LEN + 1];
	NetRequest request;
	NetResult result;
	NetLoop *loop;
	double start;
	long requests;
	long submitted = 0;
	long done = 0;
	long failures = 0;
	int places;

	if (argc != 4 || (places = atoi(argv[2])) < 1 || (requests = atol(argv[3])) < 1)
	{
		fprintf(stderr, "usage: net_loop URL PLACES REQUESTS\n");
		return 2;
	}
	memset(body, 'x', BODY_LEN);
	memcpy(body, "{\"text\":\"", 9);
	memcpy(body + BODY_LEN - 2, "\"}", 3);
	memset(&request, 0, sizeof(request));
	request.url = argv[1];
	request.key = "0123456789abcdef0123456789abcdef";
	request.body = body;
	request.body_len = BODY_LEN;
	request.content_type = "application/json";
	request.allow_private = true;
	request.allow_http = true;
	loop = open_loop(places);
	start = seconds();
	while (done < requests)
	{
		struct pollfd wait = {campaign_net_fd(loop), POLLIN, 0};

		campaign_net_turn(loop);
		while (campaign_net_take(loop, &result))
		{
			done++;
			if (result.fault != NET_OK)
				failures++;
			campaign_net_result_free(&result);
		}
		while (submitted < requests && campaign_net_submit(loop, &request))
			submitted++;
		if (done < requests)
			poll(&wait, 1, (int) campaign_net_timeout_ms(loop));
	}
	printf("%.0f requests/s, %ld failed\n", (double) requests / (seconds() - start), failures);
	if (campaign_net_failure(loop)[0] != '\0')
		fprintf(stderr, "net_loop: %s\n", campaign_net_failure(loop));
	campaign_net_close(loop);
	return failures > 0;
}
