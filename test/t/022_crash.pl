# Killed in mid-traffic, process by process and as a whole, the server comes back and goes on: nothing
# is lost, and nothing is doubled where the gateway can tell; where it cannot, nothing is sent twice,
# and what was on its way is held as unknown (promises 1 to 3, B6).
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.places' => 32);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

my $runs = 400;
my %sink = (1 => start_sink('--idempotent'), 0 => start_sink());
my %campaign = map {
	$_ => run_campaign($node,
		count => $runs,
		url => $sink{$_}->url('/slow?ms=100'),
		steps => '[{"visit": {}}, {"follow": {}}]',
		options => { idempotent => $_, places => 16, retry_first_ms => 50 })
} (1, 0);

sub complete
{
	my ($node) = @_;
	my $done = '';
	eval { $node->psql('postgres', "SELECT count(*) FROM campaign.action WHERE state = 'complete'", stdout => \$done, timeout => 10) };
	return $done =~ /^\d+$/ ? $done : -1;
}

# Waits until this much more has been done, so that it ends in mid-traffic; true if there is traffic.
sub let_run
{
	my ($more) = @_;
	my $before;
	return 0 if !wait_until(sub { ($before = complete($node)) >= 0 }, 30);
	return wait_until(sub { complete($node) >= $before + $more }, 30)
		&& $node->safe_psql('postgres', "SELECT count(*) > 0 FROM campaign.action WHERE state = 'processing'") eq 't';
}

# ---- The dispatcher, the scheduler, everything ---------------------------------------------------------

for my $kind (qw(dispatcher scheduler))
{
	ok(let_run(100), 'requests are on their way');
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = '$kind'");
	is(kill('KILL', $pid), 1, "the $kind is killed");
	ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind <> 'launcher' AND pid <> $pid", '2', 30),
		'the server recovers by itself, and both workers are back');
}

ok(let_run(100), 'requests are on their way');
$node->stop('immediate');
$node->start;

# ---- What has become of it ---------------------------------------------------------------------------------

ok(poll_until($node, left_open(values %campaign), '0', 60), 'everything comes to rest');
is(states($node, $campaign{1}), 'complete ' . 2 * $runs, 'with an idempotent gateway everything is done');
is_deeply(broken_promises($node, $sink{1}, $campaign{1}, repeats => 1),
	{}, 'nothing was lost, nothing done twice, and repeats were the same bytes');
my $repeated = grep { $_->{status} eq 'repeat' } $sink{1}->requests;
cmp_ok($repeated, '>', 0, 'although some was on its way at each crash');

is_deeply(broken_promises($node, $sink{0}, $campaign{0}), {}, 'to another gateway nothing was sent twice');
my $unknown = $node->safe_psql('postgres', "SELECT count(*) FROM campaign.unknown_outcomes WHERE campaign_id = $campaign{0}");
ok($unknown > 0 && $unknown <= 3 * 16, "what was on its way is held: $unknown");
is( $node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE state = 'complete') + count(*) FILTER (WHERE step = 0 AND state = 'held')"
			. " + count(*) FILTER (WHERE state = 'held') FROM campaign.action WHERE campaign_id = $campaign{0}"),
	2 * $runs, 'and everything else is done');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
is( $node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT e.position) FROM campaign.events_since(max_rows => 100000) e'),
	$node->safe_psql('postgres', 'SELECT n, n FROM (SELECT count(*) AS n FROM campaign.event) e'),
	'the log can be read whole');
is( $node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind = 'action_executed'"),
	$node->safe_psql('postgres', "SELECT count(*) FROM campaign.action WHERE state = 'complete'"),
	'and tells of each action that was executed once');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal (?!9:)\d+:|exited with exit code [^012]/, 'nothing crashed by itself');
done_testing();
