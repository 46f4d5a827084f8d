# Slots of campaigns with cohorts under the workers: one begins at its minute without any poll, one that began while
# nothing ran begins late, one that is over was missed; each once, whatever restarts (S1.4).
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# A zone in which it is about noon, so that midnight is far from all that happens here.
my $hour = $node->safe_psql('postgres', "SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int");
my $zone = sprintf 'Etc/GMT%+d', $hour - 12;
my $local = "(now() AT TIME ZONE '$zone')";

$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (id, name) VALUES (901, 'Anna');
INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (901, 901, 1, 'anna');
INSERT INTO campaign.prospect (id, external_id) SELECT 900 + i, 'p' || i FROM generate_series(1, 30) i;
SELECT campaign.create_sequence('Invite', '[{"invite": {"note": "Hello"}}, {"delay": "9 days"}]');
SQL

# A live campaign that was launched the day before, with a slot today between these times from now.
sub campaign_with_slot
{
	my ($name, $from, $to) = @_;
	return $node->safe_psql('postgres', <<"SQL");
BEGIN;
SELECT campaign.create_campaign('$name', 'Invite', 901, ARRAY[901],
    settings => '{"time_zone": "$zone", "exclusivity": "none", "cohort_size": 3}') AS c \\gset
INSERT INTO campaign.slot (campaign_id, weekday, starts, ends)
    SELECT :c, extract(isodow FROM $local), ($local + '$from')::time, ($local + '$to')::time \\g /dev/null
SELECT count(*) FROM campaign.enroll(:c, ARRAY(SELECT id FROM campaign.prospect)) \\g /dev/null
SELECT campaign.launch(:c) \\g /dev/null
UPDATE campaign.slot_clock SET begun_until = now() - interval '1 day', due_at = now() + GREATEST('0', interval '$from') WHERE campaign_id = :c;
COMMIT;
SELECT :c;
SQL
}

sub occurrences
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', o.state, o.planned, o.admitted), ', ') FROM campaign.slot_occurrences o WHERE o.campaign_id = $campaign";
}

sub put_up
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.queue WHERE campaign_id = $campaign AND state = 'awaiting_approval' AND content ->> 'note' = 'Hello'";
}

sub told
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.event WHERE campaign_id = $campaign AND kind = 'validation_requested'";
}

my $begins = campaign_with_slot('Begins', '4 seconds', '2 hours');
ok(poll_until($node, put_up($begins), '3', 30), 'S1.4: the first cohort is put up when the slot begins');
is($node->safe_psql('postgres', occurrences($begins)), 'running 3 3', 'which is running');
is($node->safe_psql('postgres', told($begins)), '1', 'and the owner is told once');
is( $node->safe_psql('postgres', "SELECT begun_at >= starts_at FROM campaign.slot_occurrence WHERE campaign_id = $begins"),
	't', 'not before its minute');

my $late = campaign_with_slot('Late', '-10 minutes', '2 hours');
ok(poll_until($node, put_up($late), '3', 30), 'a slot that began while nothing ran begins while it is in progress');
is($node->safe_psql('postgres', occurrences($late)), 'late 3 3', 'and is late');

my $missed = campaign_with_slot('Missed', '-2 hours', '-1 hour');
ok(poll_until($node, occurrences($missed), 'missed 0 0', 30), 'one that is over was missed');
is($node->safe_psql('postgres', put_up($missed)), '0', 'and lets in nobody');

# a server that dies within the slots begins none of them again
$node->stop('immediate');
$node->start;
my $after = campaign_with_slot('After', '-10 minutes', '2 hours');
ok(poll_until($node, put_up($after), '3', 60), 'after a crash the next one begins');
is( $node->safe_psql('postgres', 'SELECT count(*), sum(admitted) FROM campaign.slot_occurrences'),
	'4|9', 'and those before it happened once');
is( $node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE state = 'awaiting_approval'"), '9',
	'with the newcomers that each let in');

# approved, they wait for the slot of another day, and none leaves in this one
is( $node->safe_psql('postgres', "SELECT campaign.approve(ARRAY(SELECT action_id FROM campaign.queue WHERE campaign_id = $begins))"),
	'3', 'the owner approves');
ok( poll_until(
		$node, "SELECT count(*) FROM campaign.action WHERE campaign_id = $begins AND state = 'queued' AND not_before > now() + interval '1 day'", '3', 30),
	'S1.5: what is approved is queued for the slot of a later day');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.outbox'), '0', 'and nothing has left');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck');

# ---- health without workers (S1.14, S1.15) ------------------------------------------------------------------------

my $causes = "SELECT string_agg(d ->> 'code', ' ') FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = $begins";
my $remedy = "SELECT d ->> 'remedy' FROM campaign.health h, jsonb_array_elements(h.details) d WHERE h.campaign_id = $begins AND d ->> 'code' = 'workers_not_running'";
is($node->safe_psql('postgres', $causes), '', 'while its workers run a campaign is well');
ok( poll_until($node, "SELECT pg_terminate_backend(pid) FROM campaign.worker_status WHERE kind = 'scheduler' AND pid IS NOT NULL", 't', 10)
		&& poll_until($node, $causes, 'workers_not_running', 5),
	'without its scheduler it is not');
my $call = $node->safe_psql('postgres', $remedy);
is($call, 'SELECT campaign.wake()', 'a remedy is named');
$node->safe_psql('postgres', $call);
ok(poll_until($node, $causes, '', 60), 'after which it is well again');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain'");
$node->restart;
is($node->safe_psql('postgres', $causes), 'workers_not_running', 'so where the library is not preloaded');
like($node->safe_psql('postgres', "SELECT h.details -> 0 ->> 'message' FROM campaign.health h WHERE h.campaign_id = $begins"), qr/shared_preload_libraries/, 'which it says');
$call = $node->safe_psql('postgres', $remedy);
is($call, q(ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'campaign'), 'with the remedy');
$node->safe_psql('postgres', $call);
$node->restart;
ok(poll_until($node, $causes, '', 60), 'that mends it after a restart');

done_testing();
