-- Editing stages: custom ones (S5.3), the refusals of S5.4, each with a code of its own, enabling again, and
-- the link between the stages of an application (S5.12, D13).
BEGIN;
SELECT campaign.virtual_time(true);
SET LOCAL TIME ZONE 'UTC';
SET LOCAL client_min_messages = error;
SET LOCAL campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, 'anna');
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || n, 'p' || n || '@x.org' FROM generate_series(1, 3) n;
INSERT INTO campaign.message_template (name, subject, body) VALUES ('Member Accepted', 'Welcome', 'You are in'), ('Briefing', 'Briefing', 'Read this');
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; detail text; hint text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE || ' ' || SQLERRM, detail, hint);
END
$$;
CREATE FUNCTION pg_temp.stages(c bigint) RETURNS TABLE (stage text, phase text, custom boolean, disabled boolean) LANGUAGE sql AS
    'SELECT m.stage, m.phase, m.custom, m.disabled FROM campaign.stage_members m WHERE m.campaign_id = c ORDER BY m.position';
SELECT campaign.create_campaign('Edits', 'influencer', :member, ARRAY[campaign.account_id('anna')]) AS c \gset
\set VERBOSITY terse

-- S5.3: custom stages stand anywhere in a draft; their phase is that of the default stage before
SELECT campaign.add_stage(:c, 'applied', '{"stage": {"title": "Interview"}, "name": "interview"}') AS revision;
SELECT campaign.add_stage(:c, 'interview', '{"stage": {"title": "Second interview"}, "name": "second"}') AS revision;
SELECT campaign.add_stage(:c, 'Content Creation', '{"stage": {"title": "Shipping", "messages": [{"template": "Briefing", "delivery": "on_entry"}]}, "name": "shipping"}') AS revision;
SELECT campaign.add_stage(:c, NULL, '{"title": "Longlist"}') AS revision;
SELECT * FROM pg_temp.stages(:c);
-- left by hand only, whoever asks for another way
SELECT pg_temp.try(format('SELECT campaign.add_stage(%s, %L, %L)', :c, 'draft', '{"title": "Auto", "on_event": "clicked"}'));
SELECT pg_temp.try(format('SELECT campaign.add_stage(%s, %L, %L)', :c, 'draft', '{"title": "Auto", "promoted_by": "drafts"}'));
SELECT path, severity, code, detail FROM campaign.validate_sequence('[{"stage": {"title": "X", "custom": true, "on_event": "clicked"}}]');
SELECT pg_temp.try(format('SELECT campaign.add_stage(%s, %L, %L)', :c, 'complete', '{"title": "After the end"}'));
-- moved in a draft; its phase goes with it
SELECT campaign.move_stage(:c, 'second', 'confirmation') AS revision;
SELECT stage, phase FROM pg_temp.stages(:c) WHERE stage IN ('interview', 'confirmation', 'second', 'pre_payment');
SELECT pg_temp.try(format('SELECT campaign.move_stage(%s, %L, %L)', :c, 'applied', 'draft')) AS default_stage;

-- in a draft stages are disabled and enabled at will, but for those that are required
SELECT campaign.disable_stage(:c, 'pre_payment') AS revision;
SELECT campaign.disable_stage(:c, 'draft') AS revision;
SELECT campaign.enable_stage(:c, 'draft') AS revision;
SELECT pg_temp.try(format('SELECT campaign.disable_stage(%s, %L)', :c, s)) FROM unnest(ARRAY['content_creation', 'complete', 'dropped']) s;
-- which template is for whom: Posting Instructions, or Draft Approval where drafts are reviewed; Post Complete where payments are off
SELECT stage, templates FROM campaign.stage_members WHERE campaign_id = :c AND templates IS NOT NULL ORDER BY position;
SELECT campaign.disable_stage(:c, 'draft_review') > 0, campaign.disable_stage(:c, 'post_payment') > 0;
SELECT stage, templates FROM campaign.stage_members WHERE campaign_id = :c AND stage IN ('content_creation', 'post_payment', 'complete') ORDER BY position;
-- D13: the stages of an application may be linked
SELECT campaign.alter_campaign(:c, settings => '{"link_application": true}');
SELECT campaign.disable_stage(:c, 'applied') > 0 AS done;
SELECT stage, disabled FROM pg_temp.stages(:c) WHERE stage IN ('invited', 'applied');
SELECT campaign.enable_stage(:c, 'invited') > 0 AS done;
SELECT stage, disabled FROM pg_temp.stages(:c) WHERE stage IN ('invited', 'applied');
SELECT step, content FROM campaign.steps WHERE campaign_id = :c AND path LIKE '%confirmation%' OR campaign_id = :c AND step = 'confirmation_message';
SELECT campaign.edit_step(:c, 'confirmation_message', '{"delivery": "on_entry"}') AS revision;

-- S5.11, S5.4: live and paused
SELECT campaign.launch(:c);
SELECT count(*) FROM campaign.enroll(:c, ARRAY[campaign.prospect_id('p1')]);
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')], 'interview') AS promoted;
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')]) AS promoted;
-- 1: a custom stage is not added any more, live or paused
SELECT pg_temp.try(format('SELECT campaign.add_stage(%s, %L, %L)', :c, 'draft', '{"title": "Late"}'));
-- 2: and none is moved
SELECT pg_temp.try(format('SELECT campaign.move_stage(%s, %L, %L)', :c, 'second', 'draft'));
SELECT pg_temp.try(format('SELECT campaign.edit_steps(%s, %L)', :c, (SELECT definition - 3 FROM campaign.campaign WHERE id = :c)));
-- nor is a required one made another
SELECT left(pg_temp.try(format('SELECT campaign.edit_steps(%s, %L)', :c, (SELECT jsonb_agg(CASE s ->> 'name' WHEN 'content_creation' THEN s #- '{stage,required}' ELSE s END ORDER BY n)
    FROM campaign.campaign c, jsonb_array_elements(c.definition) WITH ORDINALITY AS d(s, n) WHERE c.id = :c))), 30);
SELECT campaign.pause(:c);
SELECT left(pg_temp.try(format('SELECT campaign.add_stage(%s, %L, %L)', :c, 'draft', '{"title": "Late"}')), 30);
SELECT left(pg_temp.try(format('SELECT campaign.move_stage(%s, %L, %L)', :c, 'second', 'draft')), 30);
SELECT campaign.resume(:c);
-- 3: what is required stays
SELECT pg_temp.try(format('SELECT campaign.disable_stage(%s, %L)', :c, 'content_creation'));
-- 4: and so does where anybody ever was, who is gone by now
SELECT campaign.drop_out(:c, ARRAY[campaign.prospect_id('p1')], 'rejected') AS dropped;
SELECT stage, members, ever FROM campaign.stage_members WHERE campaign_id = :c AND stage = 'confirmation';
SELECT pg_temp.try(format('SELECT campaign.disable_stage(%s, %L)', :c, 'confirmation'));
-- 5: and where a template goes out by itself, until that is changed
SELECT campaign.edit_step(:c, 'shipping_message', '{"delivery": {"due": "-1 day"}}') AS revision;
SELECT pg_temp.try(format('SELECT campaign.disable_stage(%s, %L)', :c, 'shipping'));
SELECT campaign.edit_step(:c, 'shipping_message', '{"delivery": "manual"}') AS revision;
SELECT campaign.disable_stage(:c, 'shipping') > 0 AS done;
-- S5.12: one where nobody was is disabled, passed over, and enabled again
SELECT campaign.disable_stage(:c, 'draft') > 0 AS done;
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')], 'second') AS promoted;
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')]) AS promoted;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND run = 2;
SELECT pg_temp.try(format('SELECT campaign.promote(%s, ARRAY[campaign.prospect_id(%L)], %L)', :c, 'p1', 'draft'));
SELECT campaign.enable_stage(:c, 'draft') > 0 AS done;
SELECT campaign.drop_out(:c, ARRAY[campaign.prospect_id('p1')]) AS dropped;
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')], 'second') AS promoted;
SELECT campaign.promote(:c, ARRAY[campaign.prospect_id('p1')]) AS promoted;
SELECT step FROM campaign.prospect_status WHERE campaign_id = :c AND run = 3;
-- a template that is sent by itself stays, and what is missing keeps from the launch
SELECT pg_temp.try('DELETE FROM campaign.message_template WHERE name = ''Member Accepted''');
SELECT pg_temp.try('UPDATE campaign.message_template SET name = ''Member Welcome'' WHERE name = ''Member Accepted''');
-- its texts, and its channel class, may change: the message then leaves by another kind of action
UPDATE campaign.message_template SET body = 'You are in, {{first_name|you}}' WHERE name = 'Member Accepted';
SELECT revision FROM campaign.campaign WHERE id = :c \gset
UPDATE campaign.message_template SET channel_class = 'linkedin' WHERE name = 'Member Accepted';
SELECT kind, content ->> 'template' AS template FROM campaign.steps WHERE campaign_id = :c AND step = 'confirmation_message';
SELECT action_kind FROM campaign.step WHERE campaign_id = :c AND name = 'confirmation_message';
SELECT revision - :revision AS compiled_anew FROM campaign.campaign WHERE id = :c;
SELECT campaign.create_campaign('Lacks', 'influencer', :member, ARRAY[campaign.account_id('anna')]) AS l \gset
SELECT campaign.edit_step(:l, 'draft_message', '{"delivery": "on_entry"}') > 0 AS done;
SELECT pg_temp.try(format('SELECT campaign.launch(%s)', :l));

-- what is wrong in a definition is told by its path
SELECT v.path, v.code, v.detail FROM unnest(ARRAY['[{"stage": 1}]', '[{"stage": {"title": "", "phase": "x", "promoted_by": "me", "required": 1, "colour": 1}}]',
    '[{"stage": {"on_event": "clicked", "phase": "complete", "promoted_by": null}}]', '[{"stage": {"required": true, "disabled": true}}]',
    '[{"stage": {"messages": [1, {}, {"template": 1}, {"template": "t", "delivery": "never"}, {"template": "t", "delivery": {"due": "soon"}}, {"template": "t", "if": "nothing"}]}}]',
    '[{"stage": {"phase": "dropped"}}, {"stage": {"phase": "dropped"}}]', '[{"stage": {"on_event": "ended"}}]',
    '[{"stage": {"title": "A", "on_event": "x"}, "name": "a"}, {"goto": "a"}]']) WITH ORDINALITY d(definition, n)
    CROSS JOIN LATERAL campaign.validate_sequence(d.definition::jsonb) v ORDER BY d.n, v.path COLLATE "C";
ROLLBACK;
