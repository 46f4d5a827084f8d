/*
 * template_texts.h
 *		Texts that stand in message_template instead of the step, looked up when an action is rendered, so
 *		that what waits gets the new text.
 */
#ifndef CAMPAIGN_TEMPLATE_TEXTS_H
#define CAMPAIGN_TEMPLATE_TEXTS_H

#include "engine/compiled.h"
#include "store/queue.h"
#include "store/recipients.h"

/*
 * Puts into the recipients the texts of those actions that have a template and are to be rendered; where
 * there is no such template, its name into missing_template. One statement, and none if there are no such
 * actions.
 */
extern void campaign_template_texts_find(int64 workspace, CompiledCampaigns *campaigns,
										 const QueuedAction *actions, Recipient *recipients, int n);

#endif
