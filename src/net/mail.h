/*
 * mail.h
 *		A mail that is to be sent, and whether its parts may stand in one.
 *
 * The texts are UTF-8 and belong to the caller. Nothing of them is trusted: whatever could end a
 * header, add one, or name another recipient is refused here, before a library writes it. How the
 * bytes are made is in mime.h, how they leave is not known here.
 */
#ifndef CAMPAIGN_NET_MAIL_H
#define CAMPAIGN_NET_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of one text. Large enough for any letter; what is larger belongs behind a link. */
#define MAIL_TEXT_MAX (4 * 1024 * 1024)
#define MAIL_SUBJECT_MAX 2000
#define MAIL_NAME_MAX 255
#define MAIL_REFERENCES_MAX 20

typedef struct MailAddress
{
	const char *name;    /* as shown, or NULL */
	const char *address; /* local@domain, without brackets; NULL = there is none */
} MailAddress;

typedef struct MailMessage
{
	const char *key; /* unique to the message: boundaries are made of it */
	MailAddress from;
	MailAddress reply_to;
	MailAddress to;
	const char *subject; /* "" is allowed */
	const char *text;
	const char *html;               /* or NULL */
	const char *message_id;         /* local@domain, as all ids without brackets */
	const char *in_reply_to;        /* or NULL */
	const char *const *references;  /* the oldest first */
	int n_references;               /* at most MAIL_REFERENCES_MAX */
	const char *unsubscribe_url;    /* takes a POST by RFC 8058; https, or NULL */
	const char *unsubscribe_mailto; /* an address, or NULL */
	int64_t date;                   /* seconds since 1970 */
} MailMessage;

/* Why this cannot be sent, as a text without any of its bytes, or NULL if it can. */
extern const char *campaign_mail_fault(const MailMessage *message);

/* The same for an address: one @, nothing quoted, at most 64 and 255 bytes; it need not be ASCII. */
extern const char *campaign_mail_address_fault(const char *address);

/* The same for the id of a message, without its brackets. */
extern const char *campaign_mail_id_fault(const char *id);

/* True if all bytes are ASCII. */
extern bool campaign_mail_is_ascii(const char *text);

#endif
