# Stages between automatic steps with workers: many lead on the same people at once, messages and payments leave
# beside the runs over HTTP, and the scheduler ends meanwhile. What waits for a date survives a dump.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

my $n = 100;
# What follows comes from wake-ups and due times: the safety poll is too far away to help.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink('--idempotent');
my $url = $sink->url('/ok');

my $campaign = $node->safe_psql('postgres', <<"SQL");
\\set ON_ERROR_STOP 1
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
INSERT INTO campaign.action_kind (name, channel_class, intention, options)
	VALUES ('pay', 'person', 'pay', '{"contents": {"incentive": "required", "amount": "optional", "currency": "optional"}}');
INSERT INTO campaign.message_template (name, subject, body) VALUES ('Welcome', 'Welcome', 'Hello'), ('Reminder', 'Soon', 'Please');
INSERT INTO campaign.channel (name, transport, url, options)
	VALUES ('web', 'http', '$url', '{"allow_http": true, "allow_private": true, "idempotent": true, "places": 16}') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('Anna') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, provider) VALUES (:member, :channel, 'anna', 'test') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, email) SELECT 'p' || i, 'p' || i || '\@example.org' FROM generate_series(1, $n) i;
SELECT campaign.create_sequence('pipeline', '[
	{"stage": {"title": "Listed", "messages": [{"template": "Welcome", "delivery": "on_entry"}]}, "name": "listed"},
	{"email": {"subject": "Invitation", "body": "Come"}, "name": "invitation"},
	{"stage": {"title": "Invited", "on_event": "applied"}, "name": "invited"},
	{"delay": "1 second"},
	{"stage": {"title": "Draft", "phase": "participants", "promoted_by": "drafts",
		"messages": [{"template": "Reminder", "delivery": {"due": "-1 day"}}]}, "name": "draft"},
	{"stage": {"title": "Paying", "promoted_by": "post_incentives"}, "name": "paying"},
	{"email": {"subject": "Thanks", "body": "Bye"}, "name": "thanks"},
	{"stage": {"title": "Done", "phase": "complete"}, "name": "done"}]') AS sequence \\gset
SELECT campaign.create_campaign('pipeline', 'pipeline', :member, ARRAY[:account]::bigint[]) AS campaign \\gset
INSERT INTO campaign.deliverable (campaign_id, name, kind, due_after) VALUES (:campaign, 'Script', 'draft', '10 days');
INSERT INTO campaign.incentive (campaign_id, name, amount, action_kind) VALUES (:campaign, 'Fee', 100, 'pay');
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign, ARRAY(SELECT id FROM campaign.prospect)) \\gset
\\echo :campaign
SQL
my $all = 'ARRAY(SELECT id FROM campaign.prospect)';
my $at = "SELECT count(*) FROM campaign.prospect_status WHERE campaign_id = $campaign AND step =";

sub sent
{
	my ($step) = @_;
	return "SELECT count(*) FROM campaign.action a JOIN campaign.step s ON s.campaign_id = a.campaign_id AND s.position = a.step"
		. " WHERE a.state = 'complete' AND s.name = '$step'";
}

# in_parallel($times, $sql): what so many sessions get that do the same at once, summed up.
sub in_parallel
{
	my ($times, $sql) = @_;
	my @answers = ('') x $times;
	my @sessions = map {
		IPC::Run::start([ $node->installed_command('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-c', $sql ], '<', '/dev/null', '>', \$answers[$_])
	} 0 .. $times - 1;
	my $sum = 0;
	for my $i (0 .. $times - 1)
	{
		$sessions[$i]->finish or diag("session $i failed");
		$sum += $answers[$i];
	}
	return $sum;
}

ok(poll_until($node, sent('listed_message'), $n, 30), 'who enters a stage gets its message, beside the run');
is(in_parallel(4, "SELECT campaign.promote($campaign, $all)"), $n, 'of four owners who promote all of them each is led on by one');
ok(poll_until($node, "$at 'invited' AND substatus = 'waiting_stage'", $n, 30), 'the mail between two stages leaves, and they stand at the next');

# the scheduler ends while events lead on, and while messages are asked for
$node->safe_psql('postgres', "SELECT count(campaign.record_event('applied', p.id)) FROM campaign.prospect p");
$node->safe_psql('postgres', "SELECT campaign.message_prospects($campaign, $all, '{\"email\": {\"subject\": \"News\", \"body\": \"New\"}}')");
$node->safe_psql('postgres', q(SELECT pg_terminate_backend(pid) FROM campaign.worker_status WHERE kind = 'scheduler'));
ok(poll_until($node, "$at 'draft'", $n, 60), 'their event leads them on, over a delay');
ok(poll_until($node, 'SELECT count(*) FROM campaign.action a JOIN campaign.side_action s ON s.id = a.id'
	. q( WHERE a.state = 'complete' AND s.content ->> 'subject' = 'News'), $n, 60), 'each has the message by hand');

# ---- what waits for a date, and a dump -----------------------------------------------------------------------------

my $waiting = q(SELECT count(*), count(DISTINCT enrollment_id), count(DISTINCT (wanted_at AT TIME ZONE 'UTC')::date) <= 2 FROM campaign.side_action WHERE wanted_at IS NOT NULL);
is($node->safe_psql('postgres', $waiting), "$n|$n|t", 'their reminders wait for the day');
ok(poll_until($node, 'SELECT count(*) FROM campaign.batch WHERE position IS NULL', '0', 20), 'the log is sealed');
my $file = PostgreSQL::Test::Utils::tempdir() . '/stages.sql';
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_dump', '--no-sync', '--file', $file, 'postgres' ], 'a dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'copy', '-f', $file ], 'is restored');
for my $table (qw(campaign step message_template deliverable incentive submission payment stage_entry side_action))
{
	my $rows = "SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM campaign.$table t";
	is($node->safe_psql('copy', $rows), $node->safe_psql('postgres', $rows), "with the same rows of $table");
}

# ---- deliveries and payments ------------------------------------------------------------------------------------------

$node->safe_psql('postgres', "SELECT count(campaign.submit_deliverable($campaign, p.id, campaign.deliverable_id($campaign, 'Script'))) FROM campaign.prospect p");
is($node->safe_psql('postgres', "$at 'paying'"), $n, 'the last draft leads on in its own transaction');
is(in_parallel(4, "SELECT campaign.fulfil_incentive($campaign, $all, campaign.incentive_id($campaign, 'Fee'))"), $n, 'of four who pay all of them each is paid by one');
ok(poll_until($node, "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $campaign AND end_kind = 'success'", $n, 60),
	'whose payment has left goes on to the end');
is($node->safe_psql('postgres', q(SELECT state, count(*) FROM campaign.payment GROUP BY 1)), "fulfilled|$n", 'and each was paid once');
is($node->safe_psql('postgres', q(SELECT state, count(*) FROM campaign.action GROUP BY 1)), 'complete|' . 5 * $n,
	'a welcome, an invitation, the news, a payment and thanks for each, no reminder');
my %keys = map { $_->{key} => 1 } $sink->requests;
is(scalar keys %keys, 5 * $n, 'the receiver has seen as many keys');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed');
done_testing();
