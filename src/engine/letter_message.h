/*
 * letter_message.h
 *		What was frozen of a mail, as what net builds its bytes from.
 */
#ifndef CAMPAIGN_LETTER_MESSAGE_H
#define CAMPAIGN_LETTER_MESSAGE_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "net/mail.h"

/*
 * Reads the frozen document of an action. The texts are UTF-8, in the current memory context. False if it
 * is no mail; whether it can be sent is for campaign_mail_fault() to say.
 */
extern bool campaign_letter_message(Jsonb *content, MailMessage *message);

#endif
