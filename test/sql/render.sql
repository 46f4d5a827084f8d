-- What a step would say, by the very code that says it at the start (S3.6): render() inside a transaction
-- that cannot write gives what is sent afterwards.
\set SHOW_CONTEXT never
\pset format unaligned
SET TIME ZONE 'UTC';
SET DateStyle = 'ISO';
SET campaign.now = '2026-01-05 09:00+00';
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT campaign.virtual_time(true);
INSERT INTO campaign.workspace (id, name) VALUES (681, 'showing');
SET campaign.workspace = 'showing';

INSERT INTO campaign.channel (workspace_id, id, name, transport, options) VALUES (681, 681, 'box', 'outbox', '{}');
INSERT INTO campaign.member (id, name) VALUES (681, 'Ann Smith'), (682, 'Bob');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (681, 681, 681, 'ann'), (682, 682, 681, 'bob');
INSERT INTO campaign.prospect (id, external_id, email, first_name, attributes) VALUES
    (6801, 'p1', 'p1@example.com', 'Carl', '{"plan": "gold"}'), (6802, 'p2', 'p2@example.com', NULL, '{}');
SELECT campaign.create_sequence('mails', '[{"email": {"subject": "{{plan|no plan}}", "body": "Dear {{first_name}}, {{sender.first_name}} of {{campaign.name}}: {{run.offer|nothing}}"}},
    {"delay": "1 day"}, {"email": {"subject": "Again", "body": "Dear {{first_name|you}}"}}]') > 0 AS made;
SELECT campaign.create_campaign('Mails', 'mails', 681, '{681}', description => 'to be rendered') AS mails \gset

-- nothing is written: it could not be
SAVEPOINT shown;
SET LOCAL transaction_read_only = on;
SELECT jsonb_pretty(campaign.render(:mails, 'email', 6801) #- '{campaign,id}');
SELECT campaign.render(:mails, 'email_2', 'p2') -> 'content' AS content;
ROLLBACK TO shown;
-- a hole is named, and so is what there is not
SELECT campaign.render(:mails, 'email', 6802);
SELECT campaign.render(:mails, 'delay', 6801);
SELECT campaign.render(:mails, 'nothing', 6801);
SELECT campaign.render(:mails, 'email', 1);
SELECT campaign.render(:mails, 'email', 'nobody');
SELECT campaign.render(1, 'email', 6801);

-- what was shown is what is sent, with the data of the run (S3.6)
SELECT prospect_id, result FROM campaign.enroll(:mails, '{6801}', payload => '{"offer": "10 percent"}');
SELECT campaign.render(:mails, 'email', 6801) AS shown \gset
SELECT campaign.launch(:mails);
SELECT campaign.run_until('2026-01-05 10:00+00') > 0 AS moved;
SELECT (o.content #- '{mail,message_id}') - '{action_id,key}'::text[] = :'shown'::jsonb AS same, o.content -> 'content' AS content FROM campaign.outbox o WHERE o.workspace_id = 681;
-- of a run inside, by the account that it uses, whatever accounts the campaign has by now
SELECT campaign.alter_campaign(:mails, accounts => '{682}');
SELECT campaign.render(:mails, 'email_2', 6801) -> 'sender' AS sender, campaign.render(:mails, 'email_2', 6802) -> 'sender' AS sender_of_new;

-- a row of the audience's source that is no prospect yet, though it does not match: as it would be taken over (S3.5)
CREATE TABLE public.rendered_bill (no integer PRIMARY KEY, customer text, name text, due numeric);
INSERT INTO public.rendered_bill VALUES (17, ' Dora@Example.com ', 'Dora', 12.50), (18, NULL, 'Emil', 7), (19, 'x@example.com', NULL, NULL);
SELECT campaign.create_audience('bills', '[{"name": "large", "where": "$.row.due > 100"}]', source => 'public.rendered_bill', key => 'no',
    columns => '{"email": "customer", "first_name": "name"}') AS bills \gset
SELECT campaign.create_sequence('bill', '[{"email": {"subject": "Bill {{external_id}}", "body": "Dear {{first_name}}, it is {{row.due}} of {{due}}."}}]') > 0 AS made;
SELECT campaign.create_campaign('Bills', 'bill', 681, '{681}', description => 'to be rendered', audience => :bills) AS bill \gset
SAVEPOINT shown;
SET LOCAL transaction_read_only = on;
SELECT campaign.render(:bill, 'email', '17') -> 'content' AS content, campaign.render(:bill, 'email', '17') -> 'prospect' AS prospect,
    campaign.render(:bill, 'email', '17') #>> '{mail,to}' AS "to";
SELECT campaign.render(:bill, 'email', '18') #> '{content,body}' AS body;
SELECT * FROM campaign.matches(:bill, '17');
ROLLBACK TO shown;
SELECT campaign.render(:bill, 'email', '19');
SELECT campaign.render(:bill, 'email', '20');
SELECT count(*) AS made FROM campaign.prospect WHERE source = 'bills';
-- taken over, it is told the same
SELECT campaign.render(:bill, 'email', '17') AS before \gset
SELECT campaign.alter_audience(:bills, rules => '[]');
SELECT result FROM campaign.enroll_audience(:bill) ORDER BY 1 LIMIT 1;
SELECT campaign.render(:bill, 'email', '17') #- '{prospect,id}' #- '{enrollment}' #- '{mail}' = :'before'::jsonb #- '{enrollment}' #- '{mail}' AS same;
ROLLBACK;
