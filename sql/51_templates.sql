-- Sequences to begin with. They have no texts: those are the user's, and launch() names what is missing.

CREATE TABLE campaign.sequence_library (
    name text NOT NULL CHECK (name <> ''),
    family text NOT NULL,
    description text NOT NULL,
    definition jsonb NOT NULL,
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.sequence_library', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.sequence_library IS
    'Internal. Sequences that all workspaces may begin with, read as sequence_template; an own row of the same name stands before the built-in one';

-- Where people are asked to connect. A reply leaves by itself, so that a plain delay lies between a
-- message and the one that follows it up.
INSERT INTO campaign.sequence_library (name, family, description, built_in, definition) VALUES
    ('visit', 'network', 'Visit the profile', true, '[{"visit": {}}]'),
    ('endorse', 'network', 'Endorse the skills of a connection', true, '[{"only_if": "connected", "name": "entry"}, {"endorse": {}}]'),
    ('group_invitation', 'network', 'Invite a connection to a group', true, '[{"only_if": "connected", "name": "entry"}, {"invite_to_group": {}}]'),
    ('page_invitation', 'network', 'Invite a connection to follow a page', true, '[{"only_if": "connected", "name": "entry"}, {"invite_to_page": {}}]'),
    ('disconnection', 'network', 'Remove a connection', true, '[{"only_if": "connected", "name": "entry"}, {"disconnect": {}}]'),
    ('inmail', 'network', 'Write to whoever it is, connected or not', true, '[
        {"inmail": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('like_follow_inmail', 'network', 'Like a post, follow and write, a day apart', true, '[
        {"like_post": {}}, {"delay": "1 day"}, {"follow": {}}, {"delay": "1 day", "name": "another_day"}, {"inmail": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('follow', 'network', 'Follow the profile', true, '[{"follow": {}}]'),
    ('invitation', 'network', 'Invite whoever is not connected; success is an acceptance within 15 days', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"}]'),
    ('invitation_message', 'network', 'Invite, and write to who accepts within 15 days', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('invitation_message_x2', 'network', 'Invite, write to who accepts, and follow up once', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}}, {"delay": "7 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('invitation_message_x3', 'network', 'Invite, write to who accepts, and follow up twice', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}}, {"delay": "7 days"}, {"message": {}}, {"delay": "7 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('invitation_thanks', 'network', 'Invite, and thank who accepts within 20 days', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "20 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}, "name": "thanks"}]'),
    ('invitation_then_messages', 'network', 'Invite, write a day after the acceptance, follow up after 4 days', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "20 days", "else": "failure"}, "name": "acceptance"},
        {"delay": "1 day"}, {"message": {}}, {"delay": "4 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('visit_invitation_message', 'network', 'Visit, invite after two days, and write to who accepts within 15 days', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"visit": {}}, {"delay": "2 days"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('visit_follow_invitation', 'network', 'Visit, follow and invite, a day apart', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"visit": {}}, {"delay": "1 day"}, {"follow": {}}, {"delay": "1 day", "name": "another_day"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"}]'),
    ('visit_follow_invitation_message', 'network', 'Visit, follow and invite, a day apart, and write to who accepts', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"visit": {}}, {"delay": "1 day"}, {"follow": {}}, {"delay": "1 day", "name": "another_day"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "15 days", "else": "failure"}, "name": "acceptance"},
        {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('message', 'network', 'Write to a connection', true, '[
        {"only_if": "connected", "name": "entry"},
        {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('message_x2', 'network', 'Write to a connection, and follow up once', true, '[
        {"only_if": "connected", "name": "entry"},
        {"message": {}}, {"delay": "7 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('message_x3', 'network', 'Write to a connection, and follow up twice', true, '[
        {"only_if": "connected", "name": "entry"},
        {"message": {}}, {"delay": "7 days"}, {"message": {}}, {"delay": "7 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('three_ways', 'network', 'Connections are written to, others invited, pending ones awaited; who does not accept is looked for by email', true, '[
        {"branch": [
            {"when": "connected", "then": [
                {"message": {}, "name": "connected_message"},
                {"delay": "7 days"},
                {"message": {}, "name": "connected_follow_up"},
                {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "connected_answer"}]},
            {"when": "pending", "then": [
                {"wait": {"until": "connected", "within": "10 days", "else": [
                    {"find_email": {}, "name": "pending_find_email"},
                    {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "pending_found"},
                    {"email": {}, "name": "pending_email"},
                    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "pending_email_answer"},
                    {"end": "success"}]}, "name": "pending_acceptance"},
                {"message": {}, "name": "pending_message"},
                {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "pending_answer"}]},
            {"else": [
                {"visit": {}},
                {"delay": "1 day"},
                {"invite": {}},
                {"wait": {"until": "connected", "within": "15 days", "else": [
                    {"find_email": {}},
                    {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "found"},
                    {"email": {}},
                    {"delay": "7 days"},
                    {"email": {}, "name": "email_follow_up"},
                    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "email_answer"},
                    {"end": "success"}]}, "name": "acceptance"},
                {"message": {}},
                {"delay": "7 days"},
                {"message": {}, "name": "follow_up"},
                {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]}],
         "name": "status"}]');

-- Where an address is looked for, or written to.
INSERT INTO campaign.sequence_library (name, family, description, built_in, definition) VALUES
    ('email_finder', 'email', 'Look for the email address; success is an address', true, '[
        {"find_email": {}},
        {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "found"}]'),
    ('email_finder_email', 'email', 'Look for the address, and write to it', true, '[
        {"find_email": {}},
        {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "found"},
        {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email_finder_email_x2', 'email', 'Look for the address, write to it, and follow up once', true, '[
        {"find_email": {}},
        {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "found"},
        {"email": {}}, {"delay": "5 days"}, {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email_finder_email_x3', 'email', 'Look for the address, write to it, and follow up twice', true, '[
        {"find_email": {}},
        {"wait": {"until": "email_found", "within": "2 days", "else": "failure"}, "name": "found"},
        {"email": {}}, {"delay": "5 days"}, {"email": {}}, {"delay": "5 days"}, {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email', 'email', 'Write an email', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email_x2', 'email', 'Write an email, and follow up once', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "5 days"}, {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email_x3', 'email', 'Write an email, and follow up twice', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "5 days"}, {"email": {}}, {"delay": "5 days"}, {"email": {}},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('cold_email', 'email', 'Four emails over 15 days, the last one taking leave', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "3 days"}, {"email": {}}, {"delay": "5 days"}, {"email": {}}, {"delay": "7 days"},
        {"email": {}, "name": "break_up"},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]'),
    ('email_hot_contacts', 'email', 'Write an email, and mark who follows its link as hot', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}},
        {"wait": {"until": "clicked", "within": "14 days", "else": "failure"}, "name": "click"},
        {"set": {"interest": "hot"}}]'),
    ('email_hot_leads', 'email', 'Write an email, and give priority to who opens it', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}},
        {"wait": {"until": "opened", "within": "14 days", "else": "failure"}, "name": "opening"},
        {"set": {"priority": "high"}}]'),
    ('double_opt_in', 'email', 'Ask for a confirmation by a link', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}},
        {"wait": {"until": "clicked", "within": "7 days", "else": "failure"}, "name": "confirmation"},
        {"set": {"opt_in": "confirmed"}}]'),
    ('crm_sync', 'crm', 'Hand over to the CRM', true, '[{"crm_sync": {}}]'),
    ('email_finder_crm_sync', 'crm', 'Look for the email address, and hand over to the CRM', true, '[
        {"find_email": {}},
        {"wait": {"until": "email_found", "within": "2 days", "else": "continue"}, "name": "found"},
        {"crm_sync": {}}]'),
    ('email_then_network', 'email', 'Email, invitation, email and message on business days 0, 2, 5 and 8', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "2 business days"},
        {"invite": {}, "on_precondition": "skip"}, {"delay": "3 business days"},
        {"email": {}}, {"delay": "3 business days"},
        {"branch": [{"when": "connected", "then": [{"message": {}}]}, {"else": []}], "name": "accepted"},
        {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]');

-- What goes by a customer's own dates.
INSERT INTO campaign.sequence_library (name, family, description, built_in, definition) VALUES
    ('welcome', 'lifecycle', 'Three emails over a week to who has just signed up', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "3 days"}, {"email": {}}, {"delay": "4 days"}, {"email": {}}]'),
    ('welcome_week', 'lifecycle', 'Five emails, on days 0, 1, 3, 5 and 7', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}}, {"delay": "1 day"}, {"email": {}}, {"delay": "2 days"}, {"email": {}}, {"delay": "2 days"},
        {"email": {}}, {"delay": "2 days"}, {"email": {}}]'),
    ('abandoned_cart', 'lifecycle', 'Four emails, the first one an hour after the cart was left; set exit_if or goal to the order', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"delay": "1 hour"}, {"email": {}}, {"delay": "1 day"}, {"email": {}}, {"delay": "2 days"}, {"email": {}},
        {"delay": "3 days"}, {"email": {}}]'),
    ('post_purchase', 'lifecycle', 'Thanks at once, advice after 3 days, a question after 14', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}, "name": "thanks"}, {"delay": "3 days"}, {"email": {}, "name": "advice"}, {"delay": "11 days"},
        {"email": {}, "name": "question"}]'),
    ('win_back', 'lifecycle', 'Two emails to who has not been seen for 90 days', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"delay": "90 days"}, {"email": {}}, {"delay": "7 days"}, {"email": {}},
        {"wait": {"until": "clicked", "within": "14 days", "else": "failure"}, "name": "return"}]'),
    ('appointment_reminder', 'lifecycle', 'An email 24 hours before run.starts_at; none if that has passed', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"delay": {"until": "$.run.starts_at", "plus": "-24 hours", "past": "skip"}},
        {"email": {}, "max_lateness": "12 hours"}]'),
    ('schedule_calls', 'calls', 'Somebody calls', true, '[{"task": {"title": "Call {{first_name}} {{last_name}}", "within": "2 days"}}]'),
    ('prospection', 'calls', 'Send a catalog by email, and call who looks at it', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"email": {}, "name": "catalog"},
        {"wait": {"until": "clicked", "within": "14 days", "else": "failure"}, "name": "interest"},
        {"task": {"title": "Call {{first_name}} {{last_name}}", "within": "2 days"}}]'),
    ('fundraising_call', 'calls', 'Call for a sign-up; success is one', true, '[
        {"action": "sign_up", "payload": {}}]'),
    ('dunning', 'dunning', 'From three days before run.due_date to thirty after it; set exit_if to the payment, hold_if to a dispute', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"delay": {"until": "$.run.due_date", "plus": "-3 days", "at": "09:00", "past": "skip"}}, {"email": {}, "name": "before_due"},
        {"delay": {"until": "$.run.due_date", "plus": "1 day", "at": "09:00", "past": "now"}}, {"email": {}, "name": "first_reminder"},
        {"delay": {"until": "$.run.due_date", "plus": "7 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "firm_reminder"},
        {"delay": {"until": "$.run.due_date", "plus": "14 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "late_fee"},
        {"delay": {"until": "$.run.due_date", "plus": "30 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "formal_demand"},
        {"delay": {"until": "$.run.due_date", "plus": "45 days", "at": "09:00", "past": "now"}},
        {"task": {"title": "Hand over to the agency: {{first_name}} {{last_name}}", "within": "15 days"}, "name": "agency"},
        {"end": "failure"}]'),
    ('dunning_grades', 'dunning', 'Five grades from the first day after run.due_date: reminder, second notice, final notice with a call, pre-collection, legal', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"delay": {"until": "$.run.due_date", "plus": "1 day", "at": "09:00", "past": "now"}}, {"email": {}, "name": "first_reminder"},
        {"delay": {"until": "$.run.due_date", "plus": "8 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "second_notice"},
        {"delay": {"until": "$.run.due_date", "plus": "15 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "final_notice"},
        {"task": {"title": "Call {{first_name}} {{last_name}} about the unpaid invoice", "within": "5 days"}, "name": "final_call"},
        {"delay": {"until": "$.run.due_date", "plus": "30 days", "at": "09:00", "past": "now"}}, {"email": {}, "name": "pre_collection"},
        {"delay": {"until": "$.run.due_date", "plus": "45 days", "at": "09:00", "past": "now"}},
        {"task": {"title": "Take legal steps: {{first_name}} {{last_name}}", "within": "15 days"}, "name": "legal"},
        {"end": "failure"}]'),
    ('invite_daily', 'network', 'Invite, welcome on the day after the acceptance, and follow up over time; for campaigns with slots and a cohort size', true, '[
        {"only_if": "not_connected", "name": "entry"},
        {"invite": {}},
        {"wait": {"until": "connected", "within": "30 days", "else": "failure"}, "name": "acceptance"},
        {"delay": "next day"}, {"message": {}, "name": "welcome"},
        {"delay": "7 days"}, {"message": {}, "name": "follow_up"}, {"delay": "14 days"}, {"message": {}, "name": "last_follow_up"},
        {"wait": {"until": "replied", "within": "14 days", "else": "failure"}, "name": "answer"}]'),
    ('nurture', 'network', 'Write to connections from time to time', true, '[
        {"only_if": "connected", "name": "entry"},
        {"message": {}}, {"delay": "14 days"}, {"message": {}}, {"delay": "14 days"}, {"message": {}},
        {"wait": {"until": "replied", "within": "14 days", "else": "failure"}, "name": "answer"}]'),
    ('onboarding_split', 'lifecycle', 'Two ways to write the first email, half of the people each, and one follow-up', true, '[
        {"only_if": "has_email", "name": "entry"},
        {"split": [{"percent": 50, "then": [{"email": {}, "name": "email_a"}]}, {"percent": 50, "then": [{"email": {}, "name": "email_b"}]}], "name": "variant"},
        {"wait": {"until": "clicked", "within": "3 days", "else": [{"email": {}, "name": "follow_up"},
            {"wait": {"until": "clicked", "within": "7 days", "else": "failure"}, "name": "second_chance"}]}, "name": "click"}]');

CREATE VIEW campaign.sequence_template WITH (security_barrier) AS
    SELECT DISTINCT ON (l.name) l.name, l.family, l.description, l.definition,
        -- whatever stands as a key and is a kind of action, or is named by the key action
        ARRAY(SELECT DISTINCT k.channel_class
              FROM pg_catalog.jsonb_path_query(l.definition, '$.** ? (@.type() == "object").keyvalue()') w(pair)
              JOIN campaign.action_kind k
                ON k.name = CASE w.pair ->> 'key' WHEN 'action' THEN w.pair ->> 'value' ELSE w.pair ->> 'key' END
              ORDER BY 1) AS channel_classes
    FROM campaign.sequence_library l
    ORDER BY l.name, l.built_in;
COMMENT ON VIEW campaign.sequence_template IS
    'Sequences to begin with: name, family, what it does, its steps, and the channel classes that its accounts have to serve. create_campaign() takes their names; they have no texts yet';

-- ---- stage workflows --------------------------------------------------------------------------------

-- S5.2: the twelve default stages. What a campaign begins with is made of these rows; custom stages come
-- by add_stage().
CREATE TABLE campaign.stage_template (
    position integer NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('candidates', 'participants', 'complete', 'dropped')),
    members text NOT NULL,
    promoted_by text,
    promoted_when text NOT NULL,
    on_event text,
    required boolean NOT NULL,
    messages jsonb NOT NULL DEFAULT '[]',
    built_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, built_in)
);
SELECT pg_catalog.pg_extension_config_dump('campaign.stage_template', 'WHERE NOT built_in');
COMMENT ON TABLE campaign.stage_template IS
    'The default stages of a workflow, in order: who is in them, who lets them go on and when, whether they can be disabled, and which message templates they have; all are delivered by hand until that is changed (S5.2, S5.12)';
INSERT INTO campaign.stage_template (position, name, title, phase, members, promoted_by, promoted_when, on_event, required, messages, built_in) VALUES
    (1, 'candidates', 'Candidates', 'candidates', 'added from search', 'owner', 'the owner selects and invites', NULL, false, '[]', true),
    (2, 'invited', 'Invited', 'candidates', 'invited', 'prospect', 'the prospect submits an application', 'applied', false, '[{"template": "Invitation"}]', true),
    (3, 'applied', 'Applied', 'candidates', 'applied', 'owner', 'the owner reviews and accepts', NULL, false, '[]', true),
    (4, 'confirmation', 'Confirmation', 'participants', 'accepted', 'prospect', 'the prospect confirms', 'confirmed', false, '[{"template": "Member Accepted"}]', true),
    (5, 'pre_payment', 'Pre-Payment', 'participants', 'confirmed, ready to be paid', 'pre_incentives', 'the owner fulfils the pre-payment incentives', NULL, false, '[{"template": "You''re Confirmed"}]', true),
    (6, 'draft', 'Draft', 'participants', 'must upload a draft', 'drafts', 'the prospect submits all draft deliverables', NULL, false, '[{"template": "Draft Submission"}]', true),
    (7, 'draft_review', 'Draft Review', 'participants', 'drafts to review', 'owner', 'the owner approves', 'drafts_approved', false, '[{"template": "Draft Needs Revisions"}]', true),
    (8, 'content_creation', 'Content Creation', 'participants', 'ready to create', 'deliverables', 'the prospect completes the deliverables', NULL, true,
        '[{"template": "Posting Instructions", "unless_stage": "draft_review"}, {"template": "Draft Approval", "if_stage": "draft_review"}]', true),
    (9, 'post_review', 'Post Review', 'complete', 'content to review', 'owner', 'the owner approves', 'content_approved', false, '[]', true),
    (10, 'post_payment', 'Post-Payment', 'complete', 'to be paid', 'post_incentives', 'the owner fulfils the post-payment incentives', NULL, false, '[{"template": "Post Complete"}]', true),
    (11, 'complete', 'Complete', 'complete', 'completed all', NULL, 'never', NULL, true, '[{"template": "Post Complete", "unless_stage": "post_payment"}]', true),
    (12, 'dropped', 'Dropped', 'dropped', 'rejected or opted out', NULL, 'promote() brings back to any stage', NULL, true, '[]', true);

INSERT INTO campaign.sequence_library (name, family, description, built_in, definition)
SELECT p.name, 'stages', p.description, true, (
    SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', s.name, 'stage', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
        'title', s.title, 'phase', s.phase, 'promoted_by', s.promoted_by, 'on_event', s.on_event, 'required', s.required,
        'messages', NULLIF(s.messages, '[]'), 'disabled', CASE WHEN s.name = ANY (p.disabled) THEN true END))) ORDER BY s.position)
    FROM campaign.stage_template s WHERE s.built_in)
FROM (VALUES
    ('influencer', 'Stages of a full influencer campaign, from candidates to the payment after the post', '{}'::text[]),
    ('influencer_no_application', 'Stages without an application: candidates are taken in by hand', '{invited,applied}'),
    ('ambassador', 'Stages for ambassadors: an application, no drafts and no payments', '{pre_payment,draft,draft_review,post_payment}'),
    ('content_approval', 'Stages in which drafts and posts are approved, without payments', '{pre_payment,post_payment}'),
    ('paid', 'Stages of a paid campaign without approval of drafts or posts', '{draft,draft_review,post_review}')
) AS p (name, description, disabled);
