/*
 * mail_intake.h
 *		One message out of a mailbox: what it reports, and about whom.
 *
 * What a message is, net/received.h says; whom it is about, campaign.take_mail() (sql/62_mail.sql),
 * which reports it as record_event() would. One transaction takes one message, and remembers that
 * it was taken.
 */
#ifndef CAMPAIGN_MAIL_INTAKE_H
#define CAMPAIGN_MAIL_INTAKE_H

#include "store/mailboxes.h"

typedef struct MailTaken
{
	uint32 uid_validity;
	uint32 uid;
	const char *bytes; /* of the message, or its beginning */
	size_t len;
} MailTaken;

/*
 * Applies the message; false if the mailbox was altered or read elsewhere since, and nothing was done.
 * A message that fails by itself is passed over.
 */
extern bool campaign_mail_intake(const Mailbox *mailbox, const MailTaken *taken);

#endif
