# Somebody holds an old snapshot, so no dead row and no dead index entry can be cleared away (G13 of a catalogue of
# queues' failures: looks that read all of these again and again). Each look of a worker begins where what waits
# begins, and what comes to lie before is found all the same. Bounds are in index entries read, not in seconds.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $crowd = 10_000;
my $turns = 10;
my $dead = $crowd * $turns;
my $sent = 2_000;

my $node = new_node('campaign.safety_poll' => '1h', 'campaign.dispatchers' => 0, autovacuum => 'off');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();
my $url = 'http://127.0.0.1:' . $sink->port . '/ok';
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.channel (name, transport, url, options)
	VALUES ('web', 'http', '$url', '{"allow_http": true, "allow_private": true, "idempotent": true, "places": 4}');
INSERT INTO campaign.member (name) VALUES ('one');
INSERT INTO campaign.account (member_id, channel_id, address) SELECT m.id, c.id, 'a' FROM campaign.member m, campaign.channel c;
INSERT INTO campaign.prospect (external_id) SELECT n FROM (SELECT 'wait' || i FROM generate_series(1, $crowd) i
	UNION ALL SELECT 'queue' || i FROM generate_series(1, $crowd) i UNION ALL SELECT 'go' || i FROM generate_series(1, $sent + 2) i) q(n);
SELECT campaign.create_sequence('wait', '[{"delay": "1 hour"}, {"visit": {}}]');
SELECT campaign.create_sequence('go', '[{"visit": {}}]');
SELECT campaign.launch(campaign.create_campaign(n, CASE n WHEN 'wait' THEN 'wait' ELSE 'go' END, (SELECT id FROM campaign.member),
	ARRAY(SELECT id FROM campaign.account), settings => '{"active_cap": 1000000}')) FROM unnest(ARRAY['wait', 'queue', 'go']) n;
SQL

sub enroll
{
	my ($campaign, $first, $last) = @_;
	$node->safe_psql('postgres', "SELECT count(*) FROM campaign.enroll((SELECT id FROM campaign.campaign WHERE name = '$campaign'),"
		. " ARRAY(SELECT p.id FROM generate_series($first, $last) n JOIN campaign.prospect p ON p.external_id = '$campaign' || n))");
	return;
}

enroll($_, 1, $crowd) for qw(wait queue);
ok(poll_until($node, q(SELECT count(*) FROM campaign.action WHERE state = 'queued'), $crowd, 60), 'many wait in the queue');
ok(poll_until($node, q(SELECT count(*) FROM campaign.enrollment WHERE halt = 2), $crowd, 60), 'and many for their time');

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
$holder->query_safe('SELECT count(*) FROM campaign.instance');

# What has been served, earlier than all that is to come. All of it waits for tomorrow in the end.
$node->safe_psql('postgres', $_) for map {
	my $at = $_ < $turns ? "now() - interval '1 minute' * (20 - $_)" : "now() + interval '1 day'";
	("UPDATE campaign.action SET not_before = $at", "UPDATE campaign.enrollment SET due_at = $at WHERE due_at IS NOT NULL")
} 1 .. $turns;
$node->safe_psql('postgres', <<"SQL");
BEGIN;
INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, occurred_at)
	SELECT p.workspace_id, 'note', p.person_key, p.id, now() FROM campaign.prospect p, generate_series(1, $turns) WHERE p.external_id ~ '^wait';
DELETE FROM campaign.inbox;
COMMIT;
ANALYZE campaign.action, campaign.enrollment, campaign.inbox;
SQL

my @hot = qw(action enrollment inbox);
my $read = q(SELECT string_agg(relname || ' ' || n, ' ' ORDER BY relname) FROM (SELECT relname, sum(idx_tup_read) AS n
	FROM pg_stat_user_indexes WHERE schemaname = 'campaign' AND relname IN ('action', 'enrollment', 'inbox') GROUP BY relname) q);

# Workers report what they have read with a delay: until many readings are the same.
sub reads
{
	my $last = '';
	my $same = 0;
	wait_until(sub {
		my $now = $node->safe_psql('postgres', $read);
		$same = $now eq $last ? $same + 1 : 0;
		$last = $now;
		return $same == 20;
	});
	note($last);
	return { split ' ', $last };
}

my $complete = q(SELECT count(*) FROM campaign.action WHERE state = 'complete');
my $before = reads();
$node->safe_psql('postgres', 'ALTER SYSTEM SET campaign.dispatchers = 1');
$node->reload;
enroll('go', 25 * $_ + 1, 25 * $_ + 25) for 0 .. $sent / 25 - 1;
ok(poll_until($node, $complete, $sent, 60), 'what is to be sent is sent');
ok(poll_until($node, 'SELECT count(*) FROM campaign.inbox', '0', 60), 'and what came of it is applied');
my $after = reads();
# Of whole looks there are a few, each of which reads the dead entries of some indexes. Without a front each of
# hundreds of rounds and loops is one.
cmp_ok($after->{$_} - $before->{$_}, '<', 80 * $dead, "few looks read what is dead in $_") for @hot;

# ---- What comes to lie before ---------------------------------------------------------------------------------------

$node->safe_psql('postgres', q(UPDATE campaign.action SET not_before = now() - interval '2 days' WHERE id = (SELECT min(id) FROM campaign.action WHERE state = 'queued');
	UPDATE campaign.lane SET ready_at = now()));
enroll('go', $sent + 1, $sent + 1);
ok(poll_until($node, $complete, $sent + 2, 70), 'an action that is moved before the others is found');
$node->safe_psql('postgres', q(UPDATE campaign.enrollment SET due_at = now() - interval '2 days', base_at = now() - interval '3 days'
	WHERE id = (SELECT min(id) FROM campaign.enrollment WHERE halt = 2)));
enroll('go', $sent + 2, $sent + 2);
ok(poll_until($node, $complete, $sent + 4, 70), 'and so is a run');

$holder->quit;
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
