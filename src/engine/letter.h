/*
 * letter.h
 *		What an action of channel class email has beside its texts: whom it goes to, its id, its thread,
 *		and how to opt out; and the footer of its channel.
 *
 * All of it is frozen with the texts, under "mail", whatever the transport. How it is read again to
 * be sent is in letter_message.h.
 */
#ifndef CAMPAIGN_LETTER_H
#define CAMPAIGN_LETTER_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/content.h"
#include "engine/round.h"
#include "store/letters.h"

/* The mails of a round: those that are to start, then those that do. */
typedef struct Letters
{
	const Round *round;
	LetterKey *keys;
	int *places; /* by action: its place in keys and frames, -1 = it is no mail */
	LetterFrame *frames;
	int n;
	Letter *started;
	int n_started;
} Letters;

/*
 * Finds the mails among these actions, each of which may start from the account at its place, and looks
 * up what they follow. Whose content is frozen already needs nothing.
 */
extern void campaign_letter_gather(Letters *letters, const Round *round,
								   CompiledCampaigns *campaigns, const QueuedAction *actions,
								   const int64 *accounts, int n_actions);

/* What the mail at this place has; NULL if it is none. */
extern const LetterFrame *campaign_letter_frame(const Letters *letters, int place);

/* It starts, with what was frozen. */
extern void campaign_letter_note(Letters *letters, const QueuedAction *action, int64 account,
								 Jsonb *content);

/* Writes those down that start. */
extern void campaign_letter_write(Letters *letters);

/*
 * The address that mail goes to: the professional one before the other (S2.13), as far as it is one;
 * NULL if there is none.
 */
extern char *campaign_letter_address(const Recipient *recipient);

/* Where one opts out of what this action is about; NULL if the channel does not say. */
extern char *campaign_letter_unsubscribe_url(const ContentSources *sources);

/*
 * The subject in one line. One that is blank or NULL is that of the mail before in the thread, as an
 * answer; NULL if there is none.
 */
extern char *campaign_letter_subject(const LetterFrame *frame, const char *rendered);

/* The text with the channel's footer below it; as campaign_content_text(). */
extern char *campaign_letter_with_footer(const ContentSources *sources, bool html,
										 const char *rendered, char **missing);

/* Adds "mail" to the document. */
extern void campaign_letter_push(JsonbParseState **state, const ContentSources *sources);

#endif
