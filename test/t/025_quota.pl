# S2.24: the 201st invitation of a week waits as deferred, whatever becomes of the dispatcher, and goes
# when the quota allows more.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Nothing here waits for the safety poll.
my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink('--idempotent');

# Five of these do not fit into the week, which must not turn while we look.
my $left = $node->safe_psql('postgres', "SELECT extract(epoch FROM date_trunc('week', now() AT TIME ZONE 'UTC') + '1 week' - now() AT TIME ZONE 'UTC')::int");
plan(skip_all => 'the week ends within two minutes') if $left < 120;

my $campaign = run_campaign($node, count => 205, kind => 'invite', provider => 'linkedin', url => $sink->url, options => { idempotent => 1 });

my $deferred = "SELECT count(*) FROM campaign.prospect_status WHERE campaign_id = $campaign AND status = 'deferred' AND substatus = 'deferred'";
my $usage = "SELECT period, scope, used, max_actions, deferred FROM campaign.quota_usage WHERE action_kind = 'invite'";

sub sent
{
	my %keys = map { $_->{key} => 1 } $sink->requests;
	return scalar keys %keys;
}

ok(poll_until($node, $deferred, '5', 30), '5 of 205 prospects are deferred');
ok(wait_until(sub { sent() == 200 }, 10), '200 invitations were sent');
is($node->safe_psql('postgres', $usage), 'week|account|200|200|5', 'the view of quotas says so');
is( $node->safe_psql('postgres', "SELECT DISTINCT reason, deferred_until FROM campaign.queue WHERE campaign_id = $campaign"),
	'quota|' . $node->safe_psql('postgres', "SELECT window_end FROM campaign.quota_usage WHERE action_kind = 'invite'"),
	'they wait until the week is over');
like($node->safe_psql('postgres', <<"SQL"), qr/^5\|5\|200 of 200 invite used up in this week/, 'each of them is explained (B5)');
SELECT count(*), count(*) FILTER (WHERE x.next_change_at = date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + '1 week'), min(x.detail)
FROM campaign.queue q CROSS JOIN LATERAL campaign.explain(q.campaign_id, q.prospect_id) x
WHERE q.campaign_id = $campaign AND x.reason = 'quota'
SQL
is($node->safe_psql('postgres', "SELECT deferred, light FROM campaign.overview WHERE campaign_id = $campaign"), '5|green',
	'the overview counts them');

# ---- Restarts do not reset it ---------------------------------------------------------------------------

for my $kind (qw(dispatcher dispatcher))
{
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = '$kind'");
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = '$kind' AND pid <> $pid AND status LIKE 'idle%'", '1', 15),
		"the $kind is back");
	# one more in the queue has it look
	$node->safe_psql('postgres', 'SELECT campaign.wake()');
}
$node->restart;
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status LIKE 'idle%' AND rounds > 0 AND kind <> 'launcher'", '2', 15),
	'the whole server was started anew');
is($node->safe_psql('postgres', $deferred), '5', 'they are deferred still');
is($node->safe_psql('postgres', $usage), 'week|account|200|200|5', 'and the quota is used up still');
is(sent(), 200, 'nothing more was sent');

# ---- The quota is raised ----------------------------------------------------------------------------------

my $set = "INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)"
	. " SELECT 'account', account_id, 'invite', 'week', 203 FROM campaign.quota_usage WHERE action_kind = 'invite'";
$node->safe_psql('postgres', $set);
ok(poll_until($node, $usage, 'week|account|203|203|2', 15), 'a quota of 203 lets 3 more go at once');
$node->safe_psql('postgres', 'UPDATE campaign.quota SET max_actions = 202');
is($node->safe_psql('postgres', $usage), 'week|account|203|202|2', 'one that is lower than what is used lets nobody go');
$node->safe_psql('postgres', 'UPDATE campaign.quota SET max_actions = 1000');
ok(poll_until($node, $deferred, '0', 15), 'one that is high enough lets all go');
ok(poll_until($node, left_open($campaign), '0', 15), 'and all come to their end');
is(sent(), 205, 'each was invited');
is_deeply(broken_promises($node, $sink, $campaign), {}, 'once');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
