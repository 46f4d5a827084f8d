/*
 * template_texts.c
 *		Texts that stand in message_template instead of the step.
 */
#include "engine/template_texts.h"

#include "utils/builtins.h"

#include "store/message_templates.h"

/* The keys of a content that are no texts. */
#define TEMPLATE "template"
#define DELIVERY "delivery"

/* The name under "template" in a content, or NULL. */
static const char *
template_in(Jsonb *content)
{
	JsonbValue value;

	if (content == NULL || !JB_ROOT_IS_OBJECT(content) ||
		getKeyJsonValueFromContainer(&content->root, TEMPLATE, strlen(TEMPLATE), &value) == NULL ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

static Jsonb *
without(Jsonb *object, const char *key)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(object),
											  PointerGetDatum(cstring_to_text(key))));
}

static Jsonb *
joined(Jsonb *left, Jsonb *right)
{
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(left), JsonbPGetDatum(right)));
}

/* What stands in the content itself comes before the template. */
static Jsonb *
merged(Jsonb *texts, Jsonb *content)
{
	if (content == NULL)
		return texts;
	return joined(texts, without(without(content, TEMPLATE), DELIVERY));
}

void
campaign_template_texts_find(int64 workspace, CompiledCampaigns *campaigns,
							 const QueuedAction *actions, Recipient *recipients, int n)
{
	const char **names = palloc(Max(n, 1) * sizeof(char *));
	int *which = palloc(Max(n, 1) * sizeof(int));
	Jsonb **contents = palloc(Max(n, 1) * sizeof(Jsonb *));
	Jsonb **texts = palloc(Max(n, 1) * sizeof(Jsonb *));
	int found = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		const CompiledCampaign *campaign = campaign_compiled_find(campaigns, actions[i].campaign);
		const StepContent *step;

		if (campaign == NULL || actions[i].content != NULL)
			continue;
		step = &campaign->definition->steps[actions[i].step];
		contents[found] = recipients[i].texts != NULL ? recipients[i].texts : step->content;
		names[found] = recipients[i].texts != NULL ? template_in(contents[found]) : step->template;
		if (names[found] != NULL)
			which[found++] = i;
	}
	campaign_message_templates_texts(workspace, names, found, texts);
	for (i = 0; i < found; i++)
	{
		Recipient *recipient = &recipients[which[i]];

		if (texts[i] == NULL)
			recipient->missing_template = names[i];
		else
			recipient->texts = merged(texts[i], contents[i]);
	}
}
