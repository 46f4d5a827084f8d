/*
 * test_net_tls.c
 *		That a request leaves only for a receiver who proves to be the one it is meant for. The
 *		receiver is openssl's own server with a certificate made here for localhost.
 */
#include "net_stand.h"

typedef struct TlsServer
{
	pid_t pid;
	int port;
} TlsServer;

/* Makes a key and a certificate of its own authority in the folder. */
static bool
make_certificate(const char *folder)
{
	char command[600];

	snprintf(command, sizeof(command),
			 "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
			 " -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
			 " -addext subjectAltName=DNS:localhost >openssl.log 2>&1",
			 folder);
	return system(command) == 0;
}

static void
remove_folder(const char *folder)
{
	char path[200];
	static const char *const names[] = {"key.pem", "cert.pem", "openssl.log"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* The option says which versions of TLS it takes. */
static TlsServer
start_server(const char *folder, const char *version)
{
	TlsServer server;
	char line[200];
	int out[2];
	FILE *said;

	if (pipe(out) != 0)
		stand_die("no pipe");
	server.pid = fork();
	server.port = 0;
	if (server.pid == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(out[1], 1);
		dup2(open("/dev/null", O_RDWR), 2);
		close(out[0]);
		close(out[1]);
		if (chdir(folder) == 0)
			execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", "key.pem",
				   "-cert", "cert.pem", "-www", "-cipher", "DEFAULT:@SECLEVEL=0", version,
				   (char *) NULL);
		_exit(127);
	}
	close(out[1]);
	said = fdopen(out[0], "r");
	while (server.port == 0 && fgets(line, sizeof(line), said) != NULL)
		sscanf(line, "ACCEPT 127.0.0.1:%d", &server.port);
	fclose(said);
	if (server.port == 0)
		stand_die("openssl s_server does not start");
	return server;
}

static void
stop_server(TlsServer *server)
{
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
}

/* One POST by TLS. */
static NetFault
try_it(const char *ca_file, const char *host, int port, char *detail, size_t size)
{
	NetLimits limits = stand_limits(1);
	NetRequest request;
	NetResult result;
	NetLoop *loop;
	char url[100];

	limits.total_timeout_ms = 3000;
	limits.ca_file = ca_file;
	loop = stand_loop(&limits);
	snprintf(url, sizeof(url), "https://%s:%d/", host, port);
	memset(&request, 0, sizeof(request));
	request.url = url;
	request.allow_private = true;
	result = stand_run(loop, &request);
	snprintf(detail, size, "%s", result.detail);
	printf("# %s\n", result.detail[0] ? result.detail : "answered");
	campaign_net_result_free(&result);
	campaign_net_close(loop);
	return result.fault;
}

/* A caller who comes back when the time for connecting is over, but the receiver had answered. */
static NetFault
try_late(const char *ca_file, int port)
{
	NetLimits limits = stand_limits(1);
	struct pollfd wait;
	NetRequest request;
	NetLoop *loop;
	NetFault fault;
	char url[100];

	limits.connect_timeout_ms = 300;
	limits.total_timeout_ms = 1500;
	limits.ca_file = ca_file;
	loop = stand_loop(&limits);
	snprintf(url, sizeof(url), "https://localhost:%d/", port);
	memset(&request, 0, sizeof(request));
	request.url = url;
	request.allow_private = true;
	campaign_net_submit(loop, &request);
	campaign_net_turn(loop);
	wait.fd = campaign_net_fd(loop);
	wait.events = POLLIN;
	poll(&wait, 1, 200);
	/* connected: the handshake begins */
	campaign_net_turn(loop);
	poll(NULL, 0, 400);
	fault = stand_take_fault(loop);
	campaign_net_close(loop);
	return fault;
}

int
main(void)
{
	char folder[] = "/tmp/campaign_tls_XXXXXX";
	char ca_file[100];
	char detail[200];
	TlsServer server;

	if (mkdtemp(folder) == NULL)
		stand_die("no folder");
	if (!make_certificate(folder))
	{
		remove_folder(folder);
		printf("1..0 # SKIP no openssl program\n");
		return 0;
	}
	snprintf(ca_file, sizeof(ca_file), "%s/cert.pem", folder);
	server = start_server(folder, "-no_tls1_1");
	/* s_server reads a POST and says nothing; that it waits shows that the request has left */
	IS(try_it(ca_file, "localhost", server.port, detail, sizeof(detail)), NET_CUT,
	   "a request leaves for a receiver whose certificate is trusted");
	IS(try_it(NULL, "localhost", server.port, detail, sizeof(detail)), NET_NOT_CONNECTED,
	   "not for one whose certificate is not");
	OK(strncmp(detail, "tls: ", 5) == 0, "and the detail says so");
	IS(try_it(ca_file, "127.0.0.1", server.port, detail, sizeof(detail)), NET_NOT_CONNECTED,
	   "nor for one whose certificate is of another name");
	IS(try_late(ca_file, server.port), NET_CUT, "a late turn goes on with a handshake first");
	stop_server(&server);
	server = start_server(folder, "-tls1_1");
	IS(try_it(ca_file, "localhost", server.port, detail, sizeof(detail)), NET_NOT_CONNECTED,
	   "nor by TLS before 1.2");
	stop_server(&server);
	remove_folder(folder);
	return unit_done();
}
