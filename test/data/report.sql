-- A month of three campaigns, for pages to be looked at, and one whose names would like to be more than names.
SET TIME ZONE 'UTC';
SET campaign.now = '2026-03-02 08:00:00+00';
INSERT INTO campaign.member (name, email) VALUES ('Mia Roth', 'mia@example.com') RETURNING id AS mia \gset
INSERT INTO campaign.account (member_id, channel_id, address, provider) SELECT :mia, 1, a, 'linkedin' FROM unnest('{mia.roth,ben.okafor}'::text[]) a;
SELECT campaign.account_id('mia.roth') AS a1, campaign.account_id('ben.okafor') AS a2 \gset
INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES
    ('each_account', 'visit', 'day', 40), ('each_account', 'message', 'day', 20), ('each_account', 'invite', 'day', 25);
INSERT INTO campaign.prospect (external_id, first_name, company, email)
    SELECT 'p' || n, 'P' || n, 'Engines', 'p' || n || '@example.com' FROM generate_series(1, 800) n;
SELECT campaign.create_sequence('intro', '[
    {"visit": {}}, {"delay": "2 days"}, {"invite": {"note": "Hello {{first_name}}, greetings to {{company|your team}}"}},
    {"wait": {"until": "connected", "within": "15 days", "else": [{"email": {"subject": "By mail then, {{first_name}}", "body": "b"}}, {"end": "failure"}]}, "name": "acceptance"},
    {"message": {"body": "Thank you, {{first_name}}. {{sender.first_name}}"}},
    {"name": "which", "split": [{"percent": 60, "then": [{"delay": "3 days"}]}, {"percent": 40, "then": [{"delay": "6 days"}, {"follow": {}}]}]},
    {"message": {"body": "Only a question, {{first_name}}"}, "name": "follow_up"},
    {"wait": {"until": "replied", "within": "7 days", "else": "failure"}, "name": "answer"}]') AS id \gset
SELECT campaign.create_campaign('Spring outreach', 'intro', :mia, ARRAY[:a1, :a2]::bigint[], program => 'Growth', description => 'Engineers in the north') AS c1 \gset
SELECT campaign.create_campaign('Alumni', 'invitation', :mia, ARRAY[:a2]::bigint[], program => 'Growth') AS c2 \gset
SELECT campaign.create_campaign('Autumn', 'invitation_message', :mia, ARRAY[:a2]::bigint[]) AS c3 \gset
SELECT campaign.launch(:c1) \gset
SELECT campaign.launch(:c2) \gset
SELECT count(*) FROM campaign.enroll(:c1, ARRAY(SELECT id FROM campaign.prospect ORDER BY id LIMIT 500)) \gset
SELECT count(*) FROM campaign.enroll(:c2, ARRAY(SELECT id FROM campaign.prospect ORDER BY id OFFSET 600 LIMIT 120)) \gset
DO $$
BEGIN
    FOR day IN 1..26 LOOP
        PERFORM campaign.run_until('2026-03-02 08:00+00'::timestamptz + make_interval(days => day));
        PERFORM campaign.record_event('connected', p.prospect_id) FROM campaign.prospect_status p
        WHERE p.status = 'in_progress' AND p.step = 'acceptance' AND hashint8(p.prospect_id + day) % 9 = 0;
        PERFORM campaign.record_event('replied', p.prospect_id) FROM campaign.prospect_status p
        WHERE p.status = 'in_progress' AND p.step IN ('answer', 'delay_2', 'delay_3') AND hashint8(p.prospect_id + day) % 11 = 0;
    END LOOP;
END $$;

INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:mia, 1, 'x"><img src="http://127.0.0.1:9/x" onerror="console.log(1)">') RETURNING id AS a4 \gset
SELECT campaign.create_sequence('hostile', jsonb_build_array(
    jsonb_build_object('visit', '{}'::jsonb, 'name', E'</svg></title><script>console.log(1)</script>"]; click s0 "javascript:console.log(1)" \\N --> ]]>'),
    jsonb_build_object('invite', jsonb_build_object('note', '<img src="http://127.0.0.1:9/y" onerror="console.log(2)"> `md` #quot; %%{init}%%')))) AS id \gset
SELECT campaign.create_campaign('</title><script>document.title="ran"; console.log(3)</script><style>body{display:none}</style> ' || U&'\05E9\05DC\05D5\05DD \+01F600', 'hostile', :mia,
    ARRAY[:a4]::bigint[], program => '"><iframe src="http://127.0.0.1:9/z">', description => E'--> ]]> <form action="http://127.0.0.1:9/f">') AS c4 \gset
SELECT campaign.launch(:c4) \gset
SELECT count(*) FROM campaign.enroll(:c4, ARRAY(SELECT id FROM campaign.prospect ORDER BY id DESC LIMIT 20)) \gset
SELECT campaign.run_until('2026-03-28 09:00+00') \gset
UPDATE campaign.account SET session_state = 'disconnected' WHERE id IN (:a2, :a4);
