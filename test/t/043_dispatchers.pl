# Several dispatchers of one database share the accounts: a quota and a rate that they have in common are
# never passed and wholly used, a channel bears no more at once than it has places for, and of those each
# gets some; what one leaves that ends is taken back by the others; and their number may be changed at any
# time. Nothing is lost and nothing sent twice (promises 1 to 4, B6).
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use List::Util qw(max sum0);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.dispatchers' => 2, 'campaign.places' => 32, 'campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink('--idempotent');

# A campaign over HTTP, whose runs are spread over the accounts.
sub make
{
	my (%wish) = @_;
	return run_campaign($node, %wish, options => { idempotent => 1, retry_first_ms => 50, %{ $wish{options} // {} } });
}

sub dispatchers
{
	my ($n) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET campaign.dispatchers = $n");
	$node->reload;
	return;
}

my $running = q(SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid IS NOT NULL AND status LIKE 'idle%');
my $sends = q(SELECT string_agg((sends > 0)::text, ' ' ORDER BY number) FROM campaign.worker_slots() WHERE kind = 'dispatcher');

sub sent
{
	my ($path) = @_;
	my %keys = map { $_->{key} => 1 } grep { index($_->{path}, $path) == 0 } $sink->requests;
	return scalar keys %keys;
}

# Most that were under way at once, of requests that take so many ms and are noted when they come.
sub most_at_once
{
	my ($path, $ms) = @_;
	my ($now, $most) = (0, 0);
	my @moments = map { ([ $_->{time}, 1 ], [ $_->{time} + 1000 * $ms, -1 ]) } grep { index($_->{path}, $path) == 0 } $sink->requests;
	for my $moment (sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @moments)
	{
		$now += $moment->[1];
		$most = max($most, $now);
	}
	return $most;
}

ok(poll_until($node, $running, '2', 20), 'two dispatchers run');

# ---- One quota for all ---------------------------------------------------------------------------------

my $capped = make(url => $sink->url('/ok?quota'), accounts => 4, count => 400, channel_max => 250);
ok(wait_until(sub { sent('/ok?quota') >= 250 }, 30), 'a quota of the channel is used up');
ok(poll_until($node, "SELECT count(*) FROM campaign.queue WHERE campaign_id = $capped AND reason = 'quota'", '150', 20), 'and the rest waits');
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT used || ' of ' || max_actions, ',') FROM campaign.quota_usage WHERE max_actions = 250"),
	'250 of 250', 'it was never passed');
is(sent('/ok?quota'), 250, 'nor were requests sent beyond it');
is($node->safe_psql('postgres', $sends), 'true true', 'both dispatchers had their part in it');
is($node->safe_psql('postgres', "SELECT count(DISTINCT a.incarnation) FROM (SELECT account_id % 2 AS incarnation FROM campaign.lane) a"), '2',
	'of which each had accounts');
is_deeply(broken_promises($node, $sink, $capped, path => '/ok?quota'), {}, 'each was sent once');
$node->safe_psql('postgres', "DELETE FROM campaign.quota WHERE max_actions = 250");
ok(poll_until($node, left_open($capped), '0', 30), 'without it the others go, too');

# ---- One rate for all ------------------------------------------------------------------------------------

my $paced = make(url => $sink->url('/ok?rate'), accounts => 2, count => 45, options => { rate_per_second => 20 });
ok(poll_until($node, left_open($paced), '0', 30), 'a rate of 20 a second lets all go');
is($node->safe_psql('postgres', <<"SQL"), '20', 'and never more than that in any second');
SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY started_at RANGE BETWEEN CURRENT ROW AND '0.999999 s' FOLLOWING) AS n
	FROM campaign.action WHERE campaign_id = $paced) q
SQL

# ---- The places of a channel --------------------------------------------------------------------------------

my $placed = make(url => $sink->url('/slow?ms=40&places'), accounts => 2, count => 200, options => { places => 6 });
ok(poll_until($node, left_open($placed), '0', 40), 'a channel of six places serves the accounts of both');
my $most = most_at_once('/slow?ms=40&places', 40);
cmp_ok($most, '<=', 6, "with no more than six at once: $most");
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.action WHERE campaign_id = $placed AND state = 'complete'"), '200', 'to the end');
my $single = make(url => $sink->url('/slow?ms=10&single'), accounts => 3, count => 40, options => { places => 1 });
ok(poll_until($node, left_open($single), '0', 40), 'a channel of one place serves the accounts of both in turn');
is(most_at_once('/slow?ms=10&single', 10), 1, 'one after the other');

# ---- The number is changed in mid-traffic -------------------------------------------------------------------

my $moved = make(url => $sink->url('/slow?ms=30&moved'), accounts => 5, count => 600);
for my $n (4, 1, 3, 0, 2)
{
	my $before = sent('/slow?ms=30&moved');
	ok($n == 2 || wait_until(sub { sent('/slow?ms=30&moved') >= $before + 30 }, 30), 'requests are on their way');
	dispatchers($n);
	ok(poll_until($node, $running, $n, 30), "$n dispatchers run");
}
ok(poll_until($node, left_open($moved), '0', 60), 'and all comes to rest');
is_deeply(broken_promises($node, $sink, $moved, path => '/slow?ms=30&moved'), {}, 'each was sent once');

# ---- One of two is killed ------------------------------------------------------------------------------------

my $killed = make(url => $sink->url('/slow?ms=1000&killed'), accounts => 4, count => 60, options => { places => 64 });
ok(wait_until(sub { sent('/slow?ms=1000&killed') == 60 }, 20), 'all requests are on their way');
# it is one too many from now on, and nobody comes in its place
dispatchers(1);
my ($pid, $left) = split /\|/, $node->safe_psql('postgres', <<'SQL');
SELECT w.pid, count(*) FROM campaign.worker_slots() w, campaign.action a
WHERE w.kind = 'dispatcher' AND w.number = 1 AND a.state = 'processing' AND a.incarnation = w.incarnation GROUP BY 1
SQL
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
cmp_ok($left, '>', 0, "one of the two is ended with $left under way");
ok(poll_until($node, left_open($killed), '0', 30), 'the other sees to what it left');
is($node->safe_psql('postgres', <<"SQL"), 't|t', 'by sending it again with its key');
SELECT count(*) = 60, count(*) FILTER (WHERE attempt > 1) BETWEEN 1 AND $left
FROM campaign.action WHERE campaign_id = $killed AND state = 'complete'
SQL
is_deeply(broken_promises($node, $sink, $killed, path => '/slow?ms=1000&killed', repeats => 1), {}, 'which took effect once');

is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT e.position) FROM campaign.events_since(max_rows => 100000) e'),
	$node->safe_psql('postgres', 'SELECT n, n FROM (SELECT count(*) AS n FROM campaign.event) e'),
	'each event has one place in the log');
is($node->safe_psql('postgres', 'SELECT sum(errors) FROM campaign.worker_status'), '0', 'no round failed');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|deadlock|signal \d+:/, 'nothing crashed or complained');
done_testing();
