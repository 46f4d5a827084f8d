# One workspace that has far more to do than can be seen at once keeps nobody waiting: neither at the scheduler,
# where a million of its runs may be due before those of others, nor at the dispatcher, where a thousand of its
# queues may wait for a service that does not answer. Bounds are in turns, not in seconds.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $small = 200;
my $large = 8_000;
my $wide = 1300;

my $node = new_node('campaign.batch_rows' => 100, 'campaign.safety_poll' => '1h', 'campaign.dispatchers' => 0);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();

# So many workspaces, each with so many runs that wait for an hour, then visit by so many accounts at this address.
sub make
{
	my ($name, $count, $runs, $accounts, $path) = @_;
	my $url = 'http://127.0.0.1:' . $sink->port . $path;
	$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.workspace (name) SELECT '$name' || n FROM generate_series(1, $count) n;
DO \$\$
DECLARE n int; c bigint; m bigint;
BEGIN
	FOR n IN 1 .. $count LOOP
		PERFORM set_config('campaign.workspace', '$name' || n, true);
		INSERT INTO campaign.channel (name, transport, url, options)
			VALUES ('web', 'http', '$url', '{"allow_http": true, "allow_private": true, "idempotent": true, "places": 2}') RETURNING id INTO c;
		INSERT INTO campaign.member (name) VALUES ('one') RETURNING id INTO m;
		INSERT INTO campaign.account (member_id, channel_id, address) SELECT m, c, 'a' || i FROM generate_series(1, $accounts) i;
		INSERT INTO campaign.prospect (external_id) SELECT 'p' || i FROM generate_series(1, $runs) i;
		PERFORM campaign.create_sequence('wait', '[{"delay": "1 hour"}, {"visit": {}}]');
		c := campaign.create_campaign('wait', 'wait', m, ARRAY(SELECT id FROM campaign.account WHERE channel_id = c ORDER BY id), settings => '{"active_cap": 1000000}');
		PERFORM campaign.launch(c);
		PERFORM count(*) FROM campaign.enroll(c, ARRAY(SELECT id FROM campaign.prospect));
	END LOOP;
END \$\$
SQL
	return;
}

my $waiting = q(SELECT count(*) FROM campaign.enrollment WHERE halt <> 2);

# The first launch arms the database, and whatever looks waits until that has committed: not with all the others.
make('first', 1, 1, 1, '/ok');
make('small', $small, 1, 1, '/ok');
make('large', 1, $large, 1, '/hang');
make('wide', 1, $wide, $wide, '/hang');
ok(poll_until($node, $waiting, '0', 60), 'all runs wait for their time');

# ---- Runs that are due ----------------------------------------------------------------------------------------

# all at once, and those of the large workspace before all others
$node->safe_psql('postgres', q(
	BEGIN;
	UPDATE campaign.enrollment e SET due_at = now() - interval '1 minute', base_at = now() - interval '2 hours'
		FROM campaign.workspace w WHERE w.id = e.workspace_id AND w.name LIKE 'small%';
	UPDATE campaign.enrollment e SET due_at = now() - interval '1 hour', base_at = now() - interval '2 hours'
		FROM campaign.workspace w WHERE w.id = e.workspace_id AND w.name IN ('large1', 'wide1');
	COMMIT;
	SELECT campaign.wake()));
my $served = q(SELECT count(*) FROM campaign.event e JOIN campaign.workspace w ON w.id = e.workspace_id WHERE e.kind = 'action_queued' AND w.name LIKE ');
ok(poll_until($node, "$served" . q(small%'), $small, 60), 'the small workspaces are served');

# A turn has a round of 100 for the large one, and up to 32 of those that it comes by.
my $turns = $node->safe_psql('postgres', q(
	SELECT count(DISTINCT e.at) FROM campaign.event e JOIN campaign.workspace w ON w.id = e.workspace_id
	WHERE e.kind = 'action_queued' AND w.name = 'large1' AND e.at < (SELECT max(s.at) FROM campaign.event s
		JOIN campaign.workspace w ON w.id = s.workspace_id WHERE s.kind = 'action_queued' AND w.name LIKE 'small%')));
cmp_ok($turns, '<=', 2 + $small / 32, 'all within the turns that it takes to come by them');
cmp_ok($turns, '>=', 3, 'while the large one has its own');
ok(poll_until($node, "$served" . q(large1'), $large, 120), 'which has all its turns as well');

# ---- What expires ---------------------------------------------------------------------------------------------

# attempts that people opened: the large workspace has the earliest, more than a look reads
my $stale = 5_000;
$node->safe_psql('postgres', <<"SQL");
BEGIN;
INSERT INTO campaign.session (workspace_id, campaign_id, action_kind, created_at, expires_at)
SELECT w.id, c.id, 'visit', now() - interval '3 days', now() - CASE WHEN w.name = 'large1' THEN interval '1 hour' ELSE interval '1 minute' END
FROM campaign.workspace w JOIN campaign.campaign c ON c.workspace_id = w.id
CROSS JOIN LATERAL generate_series(1, CASE WHEN w.name = 'large1' THEN $stale ELSE 1 END) WHERE w.name LIKE 'small%' OR w.name = 'large1';
COMMIT;
SELECT campaign.wake();
SQL
my $expired = q(SELECT count(*) FROM campaign.session s JOIN campaign.workspace w ON w.id = s.workspace_id WHERE s.status = 'expired' AND w.name LIKE ');
ok(poll_until($node, "$expired" . q(small%'), $small, 60), 'what others opened expires');
$turns = $node->safe_psql('postgres', q(
	SELECT count(DISTINCT s.completed_at) FROM campaign.session s JOIN campaign.workspace w ON w.id = s.workspace_id
	WHERE w.name = 'large1' AND s.completed_at < (SELECT max(s.completed_at) FROM campaign.session s
		JOIN campaign.workspace w ON w.id = s.workspace_id WHERE w.name LIKE 'small%')));
cmp_ok($turns, '<=', 2 + $small / 32, 'within the turns that it takes to come by them');
cmp_ok($turns, '>=', 3, 'while the large one has its own');
ok(poll_until($node, "$expired" . q(large1'), $stale, 120), 'and all of its own expire, too');

# ---- Queues that are ready -------------------------------------------------------------------------------------

# more of them than a look reads, and the earliest, but its service takes two at a time and answers none
$node->safe_psql('postgres', q(
	UPDATE campaign.lane l SET ready_at = now() - CASE WHEN w.name = 'wide1' THEN interval '2 hours' ELSE interval '1 hour' END
		FROM campaign.workspace w WHERE w.id = l.workspace_id));
is($node->safe_psql('postgres', q(SELECT count(*) >= 1000 FROM campaign.lane l JOIN campaign.workspace w ON w.id = l.workspace_id WHERE w.name = 'wide1')),
	't', 'the wide workspace has more queues than a look reads');
$node->safe_psql('postgres', 'ALTER SYSTEM SET campaign.dispatchers = 1');
$node->reload;
ok(poll_until($node, q(SELECT count(*) FROM campaign.action a JOIN campaign.workspace w ON w.id = a.workspace_id WHERE a.state = 'complete' AND w.name LIKE 'small%'),
	$small, 20), 'what small workspaces have queued leaves meanwhile');
is($node->safe_psql('postgres', q(SELECT count(*) FROM campaign.action a JOIN campaign.workspace w ON w.id = a.workspace_id WHERE a.state = 'complete' AND w.name = 'wide1')),
	0, 'and nothing of the wide one does');

is($node->safe_psql('postgres', 'SELECT sum(errors) FROM campaign.worker_status'), '0', 'no round failed');
$node->stop('fast');
done_testing();
