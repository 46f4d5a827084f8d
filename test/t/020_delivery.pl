# 10,000 actions leave over HTTP, each once: the receiver's log is held against the rows (B6). The channel is one that
# INSERTs alone have made (S2.17).
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# Upkeep comes soon after work, hence in the midst of it.
my $node = new_node('campaign.places' => 64, 'campaign.safety_poll' => '1s');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $workers = "SELECT string_agg(pid::text, ' ' ORDER BY kind) FROM campaign.worker_status WHERE status LIKE 'idle%'";
ok(wait_until(sub { $node->safe_psql('postgres', $workers) =~ /^\d+ \d+ \d+$/ }), 'the workers are there');
my $processes = $node->safe_psql('postgres', $workers);

sub through
{
	my ($campaign) = @_;
	return "SELECT count(*) FROM campaign.enrollment WHERE campaign_id = $campaign AND end_kind = 'success'";
}

# ---- A receiver that behaves -------------------------------------------------------------------------

my $sink = start_sink('--idempotent');
my $began = time;
my $campaign = run_campaign($node, count => 10_000, url => $sink->url, options => { idempotent => 1, places => 64 });
ok(poll_until($node, through($campaign), '10000', 90), '10,000 runs come to their end');
note(sprintf 'in %.1f s', time - $began);
is(states($node, $campaign), 'complete 10000', 'all their actions are complete');
is_deeply(broken_promises($node, $sink, $campaign), {}, 'each was delivered, with its own key, once');
is(scalar(my @requests = $sink->requests), 10_000, 'and nothing else was');
is($node->safe_psql('postgres', "SELECT sent FROM campaign.daily_stats WHERE campaign_id = $campaign"),
	'10000', 'the statistics agree');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
$sink->stop;

# ---- One that fails every fifth time ---------------------------------------------------------------------

my $flaky = start_sink('--idempotent');
$campaign = run_campaign($node,
	count => 1000,
	url => $flaky->url('/flaky?percent=20'),
	options => { idempotent => 1, places => 64, retry_first_ms => 20, retries => 20 });
ok(poll_until($node, through($campaign), '1000', 60), 'with a gateway that knows keys, all come through');
is_deeply(broken_promises($node, $flaky, $campaign, repeats => 1),
	{}, 'repeated with the same key and the same bytes, with one effect each');
cmp_ok(scalar(@requests = $flaky->requests), '>', 1100, 'although many were repeated');
$flaky->stop;

$flaky = start_sink();
$campaign = run_campaign($node,
	count => 1000,
	url => $flaky->url('/flaky?percent=20'),
	options => { places => 64, retry_first_ms => 20, retries => 20 });
ok(poll_until($node, left_open($campaign), '0', 60), 'with another gateway all come to rest');
is_deeply(broken_promises($node, $flaky, $campaign), {}, 'none was handed over twice');
my $unclear = grep { $_->{status} ne '200' } @requests = $flaky->requests;
is( states($node, $campaign),
	sprintf('complete %d, held unknown_outcome %d', 1000 - $unclear, $unclear),
	'and those are held whose outcome nobody can know');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.unknown_outcomes WHERE campaign_id = $campaign"),
	$unclear, 'which a view shows');

ok(poll_until($node, "SELECT count(*) < 50 FROM campaign.counter", 't', 10), 'upkeep has folded the counters');
ok(poll_until($node, $workers, $processes, 10), 'the same processes have done all this');
is($node->safe_psql('postgres', 'SELECT sum(errors) FROM campaign.worker_status'), '0', 'and no round failed');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
