# Several schedulers of one database share the workspaces and help each other: each run is moved and each
# report applied once, each event gets one place in the log, and a scheduler that ends, or is one too many,
# leaves nothing lying.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What nobody announces would wait for the safety poll, which is too far away.
my $node = new_node('campaign.schedulers' => 3, 'campaign.batch_rows' => 100, 'campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $runs = 900;

my $running = q(SELECT count(*) FROM campaign.worker_status WHERE kind = 'scheduler' AND pid IS NOT NULL AND status LIKE 'idle%');
ok(poll_until($node, $running, '3', 20), 'three schedulers run');

# Actions of transport outbox: whatever leaves is done at once, and what came of it is reported by the dispatcher.
sub make
{
	my ($name, $steps) = @_;
	return $node->safe_psql('postgres', <<"SQL");
\\set QUIET 1
\\pset tuples_only on
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, '$name') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, email) SELECT '$name-' || i, '$name-' || i || '\@example.com' FROM generate_series(1, $runs) i;
SELECT campaign.create_sequence('$name', '$steps') AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]::bigint[], settings => '{"active_cap": 1000000}') AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name-%')) \\gset
\\echo :campaign
SQL
}

sub schedulers
{
	my ($n) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET campaign.schedulers = $n");
	$node->reload;
	return poll_until($node, $running, $n, 30);
}

# ---- All at once --------------------------------------------------------------------------------------------

my $walk = make('walk', '[{"visit": {}}, {"follow": {}}, {"visit": {}}]');
ok(poll_until($node, left_open($walk), '0', 60), 'all runs come to their end');
is(states($node, $walk), 'complete ' . 3 * $runs, 'by all their steps');
is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT (enrollment_id, step, occurrence)) FROM campaign.action WHERE campaign_id = $walk"),
	3 * $runs . '|' . 3 * $runs, 'each once');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE campaign_id = $walk AND kind = 'ended'"), $runs, 'and each ended once')
	or diag($node->safe_psql('postgres', "SELECT kind, count(*) FROM campaign.event WHERE campaign_id = $walk GROUP BY 1"));
is($node->safe_psql('postgres', q(SELECT count(*) FILTER (WHERE steps > 0) > 1 FROM campaign.worker_status WHERE kind = 'scheduler')), 't',
	'more than one of them had a part in it');

# ---- Reports of people whose runs are over, which no lock of a run tells of -------------------------------------

$node->safe_psql('postgres', <<"SQL");
SELECT count(campaign.record_event('replied', prospect_id)) FROM campaign.enrollment WHERE campaign_id = $walk;
SELECT count(campaign.record_event('replied', prospect_id)) FROM campaign.enrollment WHERE campaign_id = $walk AND id % 2 = 0;
SQL
my $even = $node->safe_psql('postgres', "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $walk AND id % 2 = 0");
ok(poll_until($node, 'SELECT count(*) FROM campaign.inbox', '0', 30), 'what is reported afterwards is applied');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind = 'replied'"), $runs + $even, 'each report once');

# ---- Their number is changed, and one of them ends, in mid-traffic -----------------------------------------------

my $ride = make('ride', '[{"visit": {}}, {"follow": {}}, {"visit": {}}, {"follow": {}}]');
ok(schedulers(1), 'one is left');
ok(schedulers(4), 'four run');
my $pid = $node->safe_psql('postgres', q(SELECT pid FROM campaign.worker_slots() WHERE kind = 'scheduler' AND number = 0));
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok(poll_until($node, left_open($ride), '0', 60), 'the first of them ends, and all runs come to their end');
is(states($node, $ride), 'complete ' . 4 * $runs, 'by all their steps');
ok(schedulers(2), 'two are left');

ok(poll_until($node, 'SELECT count(*) FROM campaign.batch WHERE position IS NULL', '0', 30), 'all events are numbered');
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT e.position) FROM campaign.events_since(max_rows => 1000000) e'),
	$node->safe_psql('postgres', 'SELECT n, n FROM (SELECT count(*) AS n FROM campaign.event) e'), 'each has one place in the log');
is($node->safe_psql('postgres', 'SELECT sum(errors) FROM campaign.worker_status'), '0', 'no round failed');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|deadlock|signal \d+:/, 'nothing crashed or complained');
done_testing();
