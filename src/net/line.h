/*
 * line.h
 *		A connection to a mail server that is read by lines, among the transfers of a loop.
 *
 * libcurl resolves, connects, secures (STARTTLS or TLS from the start) and logs in; from then on the
 * bytes are the caller's: commands out, lines and counted bytes in. Nothing here knows what they mean.
 * libcurl's own mail protocols are not used beyond that point, since they wait inside of a call for
 * the answer to a message and to QUIT, which would stop everything else in the loop.
 *
 * Nothing leaves in clear unless allowed: where TLS is not offered, or the certificate is not the
 * server's, the line ends, before a name or a password is given. A line that is closed is shut at
 * once; neither QUIT nor LOGOUT is waited for.
 *
 * A line tells of itself by calling wake, in a turn of the loop: when it stands, when something has
 * come, when all that was to be written has left, and when it has ended. Whoever is woken takes until
 * there is nothing more (NET_LINE_WAIT), since only what comes later wakes again. Within wake any line
 * may be opened, used and closed, also the one that woke.
 */
#ifndef CAMPAIGN_NET_LINE_H
#define CAMPAIGN_NET_LINE_H

#include "net/greeting.h"
#include "net/loop.h"

#define NET_LINES_MAX 1088

typedef struct NetLine NetLine;

/* Why a line has ended. Up to NET_LINE_LOGIN_LATER it never stood. */
typedef enum NetLineFault
{
	NET_LINE_FINE,
	NET_LINE_REFUSED,     /* by our own rules: address of it, private address, bytes of the login */
	NET_LINE_NOT_REACHED, /* not resolved, not connected, or not in time */
	NET_LINE_NO_TLS,      /* TLS is not offered, or refused */
	NET_LINE_BAD_TLS,     /* the certificate is not the server's, or TLS fails otherwise */
	NET_LINE_STRANGE,     /* what it says before or at the login is not of the protocol */
	NET_LINE_UNWELCOME,   /* it says that it does not serve us */
	NET_LINE_NO_LOGIN,    /* it offers none that we can use */
	NET_LINE_BAD_LOGIN,   /* it refuses the login */
	NET_LINE_LOGIN_LATER, /* it refuses the login for now */
	NET_LINE_CLOSED,      /* by the server */
	NET_LINE_BROKEN,      /* the network or TLS failed */
	NET_LINE_TIMED_OUT,   /* what was expected did not come in time */
	NET_LINE_TOO_LONG,    /* a line is longer than allowed */
	NET_LINE_MALFORMED,   /* a line ends in another way than by CR LF, or holds a NUL */
	NET_LINE_NO_MEMORY
} NetLineFault;

typedef enum NetLineState
{
	NET_LINE_OPENING,
	NET_LINE_STANDS,
	NET_LINE_ENDED
} NetLineState;

/* All is copied. */
typedef struct NetLineRequest
{
	const char *url;      /* smtp, smtps, imap or imaps://host[:port], and nothing after it */
	const char *hello;    /* the name to give in EHLO; NULL = this machine's */
	const char *user;     /* NULL = no login */
	const char *password; /* of the user, or NULL with a token */
	const char *token;    /* OAuth 2.0, instead of a password */
	bool allow_clear;     /* goes on where TLS is not offered, or refused */
	bool allow_private;   /* to the networks that the loop lists */
	long open_timeout_ms; /* up to the end of the login */
	size_t line_max;      /* of a line that comes, without its end */
	void (*wake)(void *arg);
	void *arg;
} NetLineRequest;

/*
 * NULL: NET_LINES_MAX are there, or no memory; nothing was begun. A request that our rules refuse gives
 * a line that has ended.
 */
extern NetLine *campaign_net_line_open(NetLoop *loop, const NetLineRequest *request);

/* Shuts it, whatever its state. wake is not called any more. */
extern void campaign_net_line_close(NetLine *line);

extern NetLineState campaign_net_line_state(const NetLine *line);

/* Why it has ended: a word for programs, and words for people without user, password or path. */
extern NetLineFault campaign_net_line_fault(const NetLine *line);
extern const char *campaign_net_line_code(NetLineFault fault);
extern const char *campaign_net_line_detail(const NetLine *line);

/* What the server said until the line stood. */
extern const NetGreeting *campaign_net_line_greeting(const NetLine *line);

/* False: no memory, by which the line ends, or it does not stand. What cannot leave now leaves in later turns. */
extern bool campaign_net_line_write(NetLine *line, const char *bytes, size_t len);
extern size_t campaign_net_line_unsent(const NetLine *line);

typedef enum NetLineTaken
{
	NET_LINE_GOT,
	NET_LINE_WAIT, /* nothing more has come */
	NET_LINE_OVER  /* and nothing will: the line has ended */
} NetLineTaken;

/* The next line, without CR LF but with a NUL after it, until the next call. */
extern NetLineTaken campaign_net_line_take(NetLine *line, const char **text, size_t *len);

/* Up to max bytes as they are; how many comes back in len. */
extern NetLineTaken campaign_net_line_take_bytes(NetLine *line, char *bytes, size_t max,
												 size_t *len);

/* True if bytes have come that were not taken. Nothing is read for it. */
extern bool campaign_net_line_has_more(const NetLine *line);

/* From now on the line ends as NET_LINE_TIMED_OUT after this time, unless called again; 0 = never. */
extern void campaign_net_line_expect(NetLine *line, long timeout_ms);

/* ---- for loop.c ---- */

typedef struct NetLines
{
	NetLine *first;
	int n;
	bool turning; /* lines that are closed now are freed at the end of the turn */
} NetLines;

extern void campaign_net_line_event(NetLine *line, int fd, int mask);
extern void campaign_net_lines_turn(NetLines *lines);
extern int64_t campaign_net_lines_due(const NetLines *lines);
extern void campaign_net_lines_close(NetLines *lines);

#endif
