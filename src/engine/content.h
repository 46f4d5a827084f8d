/*
 * content.h
 *		What an action says: texts rendered once, frozen as one document, under a key of its own.
 */
#ifndef CAMPAIGN_CONTENT_H
#define CAMPAIGN_CONTENT_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "engine/compiled.h"
#include "store/queue.h"
#include "store/lanes.h"
#include "store/letters.h"
#include "store/recipients.h"

/* What a rendering draws on. An action that is only imagined has id 0 and key NULL. */
typedef struct ContentSources
{
	const CompiledCampaign *campaign;
	const QueuedAction *action;
	const ReadyLane *lane;
	const Recipient *recipient;
	const char *key;
	const LetterFrame *letter; /* NULL unless it is a mail */
	int64 workspace;           /* of a mail, as */
	TimestampTz now;
} ContentSources;

/* The step has a note for its invitation which the account cannot send: it is left out (S2.6). */
extern bool campaign_content_drops_note(const ContentSources *sources);

/*
 * The document that a gateway is given: who, from whom, and the texts of the step. NULL if a variable
 * has no value and no fallback: then *missing is its name, and nothing may be sent (no holes).
 */
extern Jsonb *campaign_content_render(const ContentSources *sources, char **missing);

/*
 * One text of whatever step, where nobody sends: lane and action may be NULL. NULL if a variable has no
 * value and no fallback; then *missing is its name, or NULL if the text is no template.
 */
extern char *campaign_content_text(const ContentSources *sources, const char *text, size_t length,
								   char **missing);

/* The same; in html, what is inserted is escaped, so that it stays text. */
extern char *campaign_content_fill(const ContentSources *sources, const char *text, size_t length,
								   bool html, char **missing);

/* What a variable stands for; NULL = it has no value. */
extern char *campaign_content_value(const ContentSources *sources, const char *name, size_t length);

/* Adds a text in such a way that HTML shows it, between tags as in quotes. */
extern void campaign_content_escape(StringInfo out, const char *text, size_t length);

/* A key that says as much as the text. */
extern char *campaign_content_digest(const char *text);

/*
 * The idempotency key of one occurrence of a step: the same for every attempt, in every copy of the
 * data. instance is the uuid of the instance as text.
 */
extern char *campaign_content_key(const char *instance, int64 enrollment, int step, int occurrence);

#endif
