/*
 * listener.c
 *		Hears of every event of a workspace, once, in the order in which their transactions committed.
 *
 *     cc -o listener listener.c $(pkg-config --cflags --libs libpq)
 *     ./listener NAME                connects as PGHOST, PGPORT, PGUSER, PGDATABASE say; needs level viewer
 *
 * NOTIFY only says that there is something; events_since() says what. The place up to which events are dealt
 * with stands in a table of this program's own, written in the transaction in which they are dealt with: it
 * leaves nothing out and does nothing twice, whatever ends between any two lines.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#define MOST "500"           /* events of one transaction */
#define LOOK_ANYWAY_MS 60000 /* a notice may be lost with a connection that nobody saw break */
#define LONGEST_PAUSE_MS 30000

/* Runs a statement with up to three parameters; NULL if it failed, which ends the connection's use. */
static PGresult *
run(PGconn *connection, const char *sql, const char *one, const char *two, const char *three)
{
	const char *values[] = {one, two, three};
	int n = three != NULL ? 3 : two != NULL ? 2 : one != NULL ? 1 : 0;
	PGresult *result = PQexecParams(connection, sql, n, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return result;
	if (strstr(PQresultErrorMessage(result), "cursor_unknown") != NULL)
	{
		/* another log: the database was restored. What was dealt with since is for a person to decide. */
		fputs(PQresultErrorMessage(result), stderr);
		exit(2);
	}
	fprintf(stderr, "again in a moment: %s", PQerrorMessage(connection));
	PQclear(result);
	return NULL;
}

/* The same where nothing is wanted of the result. */
static bool
did(PGconn *connection, const char *sql, const char *one, const char *two, const char *three)
{
	PGresult *result = run(connection, sql, one, two, three);

	PQclear(result);
	return result != NULL;
}

static bool
prepare(PGconn *connection, const char *name)
{
	return did(connection, "SET client_min_messages = warning", NULL, NULL, NULL) &&
		   did(connection,
			   "CREATE TABLE IF NOT EXISTS listener_place (listener text PRIMARY KEY, position text)",
			   NULL, NULL, NULL) &&
		   did(connection,
			   "CREATE TABLE IF NOT EXISTS listener_heard (listener text, n bigserial, position text, "
			   "event_id bigint, kind text, campaign_id bigint, prospect_id bigint, at timestamptz, "
			   "PRIMARY KEY (listener, position))",
			   NULL, NULL, NULL) &&
		   did(connection,
			   "INSERT INTO listener_place (listener) VALUES ($1) ON CONFLICT DO NOTHING", name,
			   NULL, NULL) &&
		   /* before the first look: what commits after it is told of */
		   did(connection, "LISTEN campaign", NULL, NULL, NULL);
}

/*
 * What is to be done with events: here they are written down, within the transaction. The position of the
 * last one is what the next look goes on from.
 */
static bool
deal(PGconn *connection, const char *name, const PGresult *events)
{
	for (int i = 0; i < PQntuples(events); i++)
		if (!did(connection,
				 "INSERT INTO listener_heard (listener, position, event_id, kind) "
				 "SELECT $1, $2, (e ->> 'id')::bigint, e ->> 'kind' FROM (SELECT $3::jsonb) v(e)",
				 name, PQgetvalue(events, i, 0), PQgetvalue(events, i, 1)))
			return false;
	return did(connection, "UPDATE listener_place SET position = $2 WHERE listener = $1", name,
			   PQgetvalue(events, PQntuples(events) - 1, 0), NULL);
}

/* Deals with the next events; how many they were, -1 if the connection is of no use any more. */
static int
step(PGconn *connection, const char *name)
{
	PGresult *place = NULL;
	PGresult *events = NULL;
	int n = -1;

	if (!did(connection, "BEGIN", NULL, NULL, NULL))
		return -1;
	/* locked, so that two programs of one name take turns */
	place = run(connection, "SELECT position FROM listener_place WHERE listener = $1 FOR UPDATE",
				name, NULL, NULL);
	if (place != NULL)
		events = run(
			connection,
			"SELECT e.position, to_jsonb(e) FROM campaign.events_since(NULLIF($1, ''), " MOST ") e",
			PQgetvalue(place, 0, 0), NULL, NULL);
	if (events != NULL && (PQntuples(events) == 0 || deal(connection, name, events)) &&
		did(connection, "COMMIT", NULL, NULL, NULL))
		n = PQntuples(events);
	PQclear(place);
	PQclear(events);
	return n;
}

/* Waits until something is told, or for a while; false if the connection is broken. */
static bool
wait_for_notice(PGconn *connection)
{
	struct pollfd socket = {PQsocket(connection), POLLIN, 0};
	PGnotify *notice = PQnotifies(connection);

	if (notice == NULL && poll(&socket, 1, LOOK_ANYWAY_MS) > 0 && !PQconsumeInput(connection))
		return false;
	for (; notice != NULL || (notice = PQnotifies(connection)) != NULL; notice = NULL)
		PQfreemem(notice);
	return PQstatus(connection) == CONNECTION_OK;
}

/* Listens on one connection until that breaks; false if there was none. */
static bool
listen_once(const char *name)
{
	PGconn *connection = PQconnectdb("");
	bool connected = PQstatus(connection) == CONNECTION_OK;

	if (!connected)
		fprintf(stderr, "again in a moment: %s", PQerrorMessage(connection));
	else if (prepare(connection, name))
	{
		int n;

		puts("listening");
		fflush(stdout);
		do
		{
			while ((n = step(connection, name)) == atoi(MOST))
				;
		} while (n >= 0 && wait_for_notice(connection));
	}
	PQfinish(connection);
	return connected;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "listener";
	int pause = 250;

	for (;;)
	{
		if (listen_once(name))
			pause = 250;
		usleep((useconds_t) pause * 1000);
		pause = pause * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause * 2;
	}
}
