/*
 * definition_stage.c
 *		Stages: their phase, who lets a run go on from them, and that they are made off the walk where
 *		they are for those who were dropped.
 *
 * A step is made even where something in it is wrong, so that its messages are looked at too. The
 * content of a stage is what is known of it after compiling, its phase included; SQL goes by that.
 */
#include "engine/definition_stage.h"

#include "engine/condition.h"
#include "engine/definition_message.h"

#define PHASE_HINT "Phases are candidates, participants, complete and dropped."
#define ACTOR_HINT                                                                                 \
	"Write \"owner\", \"prospect\", \"drafts\", \"deliverables\", \"pre_incentives\" or "          \
	"\"post_incentives\"; null where runs end."

static const char *const phases[] = {"candidates", "participants", "complete", "dropped"};

static const char *const actors[] = {"owner",        "prospect",       "drafts",
									 "deliverables", "pre_incentives", "post_incentives"};

/* A stage as written, taken apart. */
typedef struct WrittenStage
{
	const JsonPair *pairs;
	int n;
	const char *path;
	const char *title;
	DefinitionPhase phase;
	const char *promoted_by; /* NULL = nobody: it ends */
	const char *on_event;
	bool required;
	bool custom;
	bool disabled;
} WrittenStage;

static void
push_key(JsonbParseState **state, const char *key)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = (int) strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
}

static void
push_text(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue value;

	if (text == NULL)
		return;
	push_key(state, key);
	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) strlen(text);
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_flag(JsonbParseState **state, const char *key, bool flag)
{
	JsonbValue value;

	push_key(state, key);
	value.type = jbvBool;
	value.val.boolean = flag;
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* The text under a key, or NULL if there is none; anything else is a fault. */
static char *
take_text(DefinitionBuild *build, const WrittenStage *stage, const char *key)
{
	const JsonPair *pair = campaign_definition_read_find(stage->pairs, stage->n, key);
	char *text;

	if (pair == NULL || pair->value.type == jbvNull)
		return NULL;
	text = campaign_definition_read_text(&pair->value);
	if (text != NULL && !campaign_definition_read_blank(text))
		return text;
	campaign_definition_build_error(build, campaign_definition_read_key_path(stage->path, key),
									text == NULL ? "wrong_type" : "bad_value", NULL,
									"expected a text that is not empty, found %s",
									campaign_definition_read_shown(&pair->value));
	return NULL;
}

static bool
take_flag(DefinitionBuild *build, const WrittenStage *stage, const char *key)
{
	const JsonPair *pair = campaign_definition_read_find(stage->pairs, stage->n, key);

	if (pair == NULL)
		return false;
	if (pair->value.type == jbvBool)
		return pair->value.val.boolean;
	campaign_definition_build_error(build, campaign_definition_read_key_path(stage->path, key),
									"wrong_type", NULL, "expected true or false, found %s",
									campaign_definition_read_shown(&pair->value));
	return false;
}

/* One of some words, by its number; -1 if it is none, which is a fault, or if there is none. */
static int
take_word(DefinitionBuild *build, const WrittenStage *stage, const char *key,
		  const char *const *words, int n_words, const char *hint)
{
	const char *text = take_text(build, stage, key);

	if (text == NULL)
		return -1;
	for (int i = 0; i < n_words; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	campaign_definition_build_error(build, campaign_definition_read_key_path(stage->path, key),
									"bad_value", hint, "%s is unknown",
									campaign_definition_read_quoted(text));
	return -1;
}

/*
 * Who lets a run go on. Where nothing is said, that is the prospect if it is by an event, and nobody in the
 * phases complete and dropped, where runs end; else the owner.
 */
static void
take_actor(DefinitionBuild *build, WrittenStage *stage)
{
	const JsonPair *pair = campaign_definition_read_find(stage->pairs, stage->n, "promoted_by");
	int actor = take_word(build, stage, "promoted_by", actors, (int) lengthof(actors), ACTOR_HINT);

	stage->on_event = take_text(build, stage, "on_event");
	if (actor >= 0)
		stage->promoted_by = actors[actor];
	else if (pair != NULL)
		stage->promoted_by = NULL;
	else if (stage->on_event != NULL)
		stage->promoted_by = "prospect";
	else
		stage->promoted_by = stage->phase >= PHASE_COMPLETE ? NULL : "owner";
	if (stage->promoted_by == NULL && stage->on_event != NULL)
		campaign_definition_build_error(
			build, campaign_definition_read_key_path(stage->path, "on_event"), "bad_value",
			"Leave it out, or say who lets a run go on (\"promoted_by\").",
			"no event can lead on from a stage at which runs end");
}

/* S5.3: a custom stage is left by hand only. */
static void
check_custom(DefinitionBuild *build, const WrittenStage *stage)
{
	if (!stage->custom || (stage->on_event == NULL && stage->promoted_by != NULL &&
						   strcmp(stage->promoted_by, "owner") == 0))
		return;
	campaign_definition_build_error(
		build, stage->path, "manual_only",
		"Leave \"on_event\" out, and \"promoted_by\" too, or write \"owner\".",
		"a custom stage is left by hand only");
}

static Jsonb *
content_of(const WrittenStage *stage, const char *name)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "title", stage->title != NULL ? stage->title : name);
	push_text(&state, "phase", phases[stage->phase]);
	push_text(&state, "promoted_by", stage->promoted_by);
	push_text(&state, "on_event", stage->on_event);
	push_flag(&state, "required", stage->required);
	push_flag(&state, "custom", stage->custom);
	push_flag(&state, "disabled", stage->disabled);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static void
take_stage(DefinitionBuild *build, WrittenStage *stage)
{
	int phase;

	stage->title = take_text(build, stage, "title");
	phase = take_word(build, stage, "phase", phases, (int) lengthof(phases), PHASE_HINT);
	stage->phase = phase >= 0 ? (DefinitionPhase) phase : build->phase;
	take_actor(build, stage);
	stage->required = take_flag(build, stage, "required");
	stage->custom = take_flag(build, stage, "custom");
	stage->disabled = take_flag(build, stage, "disabled");
	check_custom(build, stage);
	if (stage->phase == PHASE_DROPPED && stage->promoted_by != NULL)
		campaign_definition_build_error(
			build, stage->path, "bad_value", "Leave \"promoted_by\" out.",
			"promote() leads back from the stage of those who were dropped, and nobody else");
	if (stage->disabled && (stage->required || stage->promoted_by == NULL))
		campaign_definition_build_error(
			build, campaign_definition_read_key_path(stage->path, "disabled"), "stage_required",
			"Leave \"disabled\" out.",
			"a stage that is required, or ends runs, cannot be disabled");
}

/* Puts what was taken into the step; it ends runs where nobody leads on. */
static void
put_stage(DefinitionBuild *build, int index, const WrittenStage *stage)
{
	GraphStep *step = campaign_definition_build_at(build, index);

	step->disabled = stage->disabled;
	step->gated = stage->phase == PHASE_PARTICIPANTS || stage->phase == PHASE_COMPLETE;
	if (stage->on_event != NULL)
		step->condition = campaign_condition_event(
			build, stage->on_event, campaign_definition_read_key_path(stage->path, "on_event"));
	if (stage->promoted_by != NULL)
		return;
	step->end = stage->phase == PHASE_DROPPED ? END_REMOVED : END_SUCCESS;
	step->code = stage->phase == PHASE_DROPPED ? "dropped" : "completed";
}

void
campaign_definition_stage(DefinitionBuild *build, const WrittenStep *written)
{
	static const char *const keys[] = {"title",    "phase",    "promoted_by",
									   "on_event", "required", "messages",
									   "disabled", "custom",   NULL};
	JsonbContainer *object = campaign_definition_read_object(&written->kind->value);
	WrittenStage stage = {.path = written->kind_path};
	JsonPair *pairs = NULL;
	int index;

	if (object == NULL)
		campaign_definition_build_error(build, written->kind_path, "wrong_type",
										"Write an object, such as {\"title\": \"Applied\"}.",
										"expected an object, found %s",
										campaign_definition_read_shown(&written->kind->value));
	else
		stage.n = campaign_definition_read_pairs(object, &pairs);
	stage.pairs = pairs;
	campaign_definition_build_allow(build, pairs, stage.n, stage.path, keys);
	take_stage(build, &stage);
	if (stage.phase == PHASE_DROPPED && build->has_dropped)
		campaign_definition_build_error(build, stage.path, "two_dropped", "Keep one of them.",
										"a sequence has one stage of phase dropped");
	if (stage.phase == PHASE_DROPPED)
	{
		build->has_dropped = true;
		index = campaign_definition_build_aside(build, GRAPH_STAGE, written, "stage");
	}
	else
	{
		build->phase = stage.phase;
		index = campaign_definition_build_step(build, GRAPH_STAGE, written, "stage");
	}
	build->definition->has_stages = true;
	put_stage(build, index, &stage);
	build->definition->steps[index].content =
		content_of(&stage, written->name != NULL ? written->name : "stage");
	campaign_definition_messages(build, index, written->name,
								 campaign_definition_read_find(pairs, stage.n, "messages"),
								 campaign_definition_read_key_path(stage.path, "messages"));
	if (campaign_definition_build_at(build, index)->end == END_NONE)
		campaign_definition_build_loose(build, &campaign_definition_build_at(build, index)->next);
}
