# Killed again and again at random moments, workers and the whole server, campaigns over four classes of
# channel (HTTP with keys, HTTP without, mail, slow and flaky), and one whose quota is too small, come to
# their end with every promise kept (promises 1 to 4 and 6, B6). `make crash N=20000
# KILLS=40 SEED=1` says how many actions and kills; the same seed makes the same choices, though not at
# the same moments. With MINUTES=60 it goes no further than that time. What it found is printed as a table.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignOracle;
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use List::Util qw(max shuffle sum0);
use Time::HiRes qw(sleep time);

my $actions = $ENV{CRASH_ACTIONS} || 20_000;
my $kills = $ENV{CRASH_KILLS} || 40;
my $minutes = $ENV{CRASH_MINUTES} || 0;
my $seed = $ENV{CRASH_SEED} || time % 1_000_000_007;
my $places = 16;
srand $seed;

# Of ten kills six hit a worker, three the postmaster with all its children, one is a stop.
my %kills = (server => int($kills * 0.3), stop => int($kills * 0.1));
$kills{worker} = $kills - $kills{server} - $kills{stop};
my @plan = shuffle(map { ($_) x $kills{$_} } sort keys %kills);

my $node = new_node('campaign.places' => 3 * $places, 'campaign.safety_poll' => '1s');
my $left = $node->safe_psql('postgres', "SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month' - now() AT TIME ZONE 'UTC')::int");
plan(skip_all => 'the month ends too soon for a quota of a month') if $left < 60 + $kills * 10;
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# Two actions a run. The last channel has a limit that lets four of five leave.
my ($knowing, $other, $mails) = (start_sink('--idempotent'), start_sink(), start_sink('--smtp', 10));
my @channels = (
	{ name => 'HTTP with keys', sink => $knowing, path => '/ok', share => 0.3 },
	{ name => 'HTTP without', sink => $other, path => '/slow?ms=20', share => 0.3 },
	{ name => 'mail', sink => $mails, path => '/mail', share => 0.2 },
	{ name => 'slow and flaky', sink => $knowing, path => '/flaky?percent=20&ms=50', share => 0.15 },
	{ name => 'limited', sink => $knowing, path => '/slow?ms=5', share => 0.05 });
my %way = (
	http => { steps => '[{"visit": {}}, {"visit": {}}]' },
	mail => {
		transport => 'smtp',
		steps => '[{"email": {"subject": "Hello", "body": "Dear {{email}}"}}, {"email": {"body": "Once more"}}]' });
for my $channel (@channels)
{
	my $mail = $channel->{sink} == $mails;
	$channel->{campaign} = run_campaign($node,
		%{ $way{ $mail ? 'mail' : 'http' } },
		count => 0,
		url => $mail ? 'smtp://127.0.0.1:' . $mails->port : $channel->{sink}->url($channel->{path}),
		options => {
			places => $places,
			retries => 40,
			retry_first_ms => 20,
			$mail ? () : (idempotent => $channel->{sink} == $knowing) });
	$channel->{runs} = int($actions * $channel->{share} / 2) || 1;
}
my $campaigns = join ', ', map { $_->{campaign} } @channels;
my $limit = int($channels[-1]{runs} * 2 * 0.8) || 1;
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.quota (scope, account_id, period, max_actions)
SELECT 'account', account_id, 'month', $limit FROM campaign.campaign_account WHERE campaign_id = $channels[-1]{campaign};
-- what an account may mail in a week otherwise is too little
INSERT INTO campaign.quota (scope, account_id, action_kind, period, max_actions)
SELECT 'account', account_id, 'email', 'week', $actions FROM campaign.campaign_account WHERE campaign_id = $channels[2]{campaign}
SQL

# One that sleeps all the while.
my ($quiet_from, $quiet_to) = map { sprintf '%02d:%02d', (gmtime($_))[ 2, 1 ] } time - 3600, time + 12 * 3600;
my $asleep = run_campaign($node,
	count => 10,
	url => $other->url('/ok?asleep'),
	settings => { time_zone => 'UTC', quiet_hours => "$quiet_from-$quiet_to" });

# What is to be done now; what waits for its quota, or for the day, is not.
my $to_do = <<"SQL";
SELECT (SELECT count(*) FROM campaign.enrollment WHERE ended_at IS NULL AND due_at <= now())
    + (SELECT count(*) FROM campaign.action a JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
        WHERE a.campaign_id <> $asleep AND (a.state = 'processing' OR a.state = 'queued' AND l.deferred_until IS NULL))
    + (SELECT count(*) FROM campaign.inbox)
SQL

# ---- A part of the people after each kill, and a few opt-outs --------------------------------------------

my $enrolled = 10;
my $parts = max(1, int($kills / 2));
my %stopped;

sub enroll_part
{
	my ($part) = @_;
	my $sql = '';
	for my $channel (@channels)
	{
		my ($from, $to) = map { int($channel->{runs} * $_ / $parts) } $part, $part + 1;
		my $name = "$channel->{name} $part";
		$enrolled += $to - $from;
		$sql .= <<"SQL";
INSERT INTO campaign.prospect (external_id, email)
	SELECT '$name, ' || i, translate('$name', ' ', '.') || '.' || i || '\@example.com' FROM generate_series(1, $to - $from) i;
SELECT count(*) FROM campaign.enroll($channel->{campaign}, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$name, %'));
SQL
	}
	return $node->safe_psql('postgres', "BEGIN;\n$sql\nCOMMIT;");
}

sub stop_some
{
	my @persons = split /\n/, $node->safe_psql('postgres', <<"SQL");
SELECT p.person_key FROM campaign.enrollment e JOIN campaign.prospect p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
WHERE e.campaign_id IN ($campaigns) AND e.ended_at IS NULL ORDER BY random() LIMIT 5
SQL
	return if !@persons;
	$node->safe_psql('postgres', join "\n", map { "SELECT campaign.suppress('person', '$_');" } @persons);
	my $now = int(time * 1e6);
	$stopped{$_} //= $now for @persons;
	return;
}

# ---- Kills ---------------------------------------------------------------------------------------------------

sub answer
{
	my ($sql) = @_;
	my $answer = '';
	# psql may be gone before it has read what it is given: then there is no answer
	eval { $node->psql('postgres', $sql, stdout => \$answer, stderr => \my $error, timeout => 20) };
	return $answer;
}

sub worker
{
	my ($kind) = @_;
	my $pid = '';
	wait_until(sub { ($pid = answer("SELECT pid FROM campaign.worker_status WHERE kind = '$kind'")) =~ /^\d+$/ }, 60);
	return $pid;
}

# Those that run: what nobody has waited for yet is gone all the same.
sub is_running
{
	my ($pid) = @_;
	open my $stat, '<', "/proc/$pid/stat" or return 0;
	my $line = <$stat> // '';
	return $line =~ /^\d+ \(.*\) [^ZX] (\d+)/s ? $1 : 0;
}

sub children
{
	my ($parent) = @_;
	return grep { is_running($_) == $parent } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

sub kill_server
{
	my $postmaster = $node->safe_psql('postgres', "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
	my @family = ($postmaster, children($postmaster));
	$node->kill9;
	kill 'KILL', @family[1 .. $#family];
	# The new one asks whether the old one is there, and takes it for that until somebody has waited for it.
	wait_until(sub { !-e "/proc/$postmaster" && !grep { is_running($_) } @family }, 60)
		or BAIL_OUT('processes do not end');
	return $node->start;
}

# True when the server answers again and has both workers, others than before.
sub strike
{
	my ($kind) = @_;
	my $worker = rand() < 0.67 ? 'dispatcher' : 'scheduler';
	my $pid = worker($worker);
	return 0 if $pid eq '';
	if ($kind eq 'worker') { kill 'KILL', $pid; }
	elsif ($kind eq 'server') { kill_server() or return 0; }
	else { $node->stop('immediate'); $node->start; }
	return wait_until(
		sub { answer("SELECT count(*) FROM campaign.worker_status WHERE kind <> 'launcher' AND pid <> $pid") eq '2' }, 60);
}

sub done
{
	return answer('SELECT count(*) FROM campaign.action WHERE executed_at IS NOT NULL') || 0;
}

my (@away, %struck, $in_traffic);
my $began = time;
my $share = 0.9 * $actions / $kills;
my $whole = 1;
for my $i (0 .. $#plan)
{
	$whole = !$minutes || time - $began < $minutes * 60 or last;
	my $target = done() + rand($share);
	enroll_part($i) if $i < $parts;
	stop_some();
	# The rest may be too little for that: then the kill is of a server at rest.
	wait_until(sub { done() >= $target || answer($to_do) eq '0' }, 60);
	sleep rand 0.05;
	$in_traffic++ if answer("SELECT count(*) > 0 FROM campaign.action WHERE state = 'processing'") eq 't';
	my $from = time;
	if (!strike($plan[$i])) { fail("the server comes back after kill $i, of a $plan[$i]"); last; }
	$struck{ $plan[$i] }++;
	push @away, time - $from;
}
cmp_ok(scalar @away, $whole ? '==' : '>', $whole ? $kills : 0, @away . ' times the server came back with its workers');
if ($whole) { enroll_part($_) for $#plan + 1 .. $parts - 1; }
ok(poll_until($node, $to_do, '0', 60 + $actions / 200), 'everything comes to rest');
my $took = time - $began;

# ---- What has become of it ---------------------------------------------------------------------------------------

my $violations = violations($node,
	sinks => [ $knowing, $other, $mails ],
	enrolled => $enrolled,
	actions_per_run => 2,
	stopped => \%stopped);
is_deeply($violations, {}, 'every promise is kept') or diag(explain($violations));
my $used = $node->safe_psql('postgres', "SELECT DISTINCT used FROM campaign.quota_usage WHERE max_actions = $limit");
cmp_ok($used, $whole ? '==' : '<=', $limit, 'the quota that was too small was used up, and not passed');
my $unknown = $node->safe_psql('postgres', 'SELECT count(*) FROM campaign.unknown_outcomes');
# of two channels: where there are keys, nothing is
cmp_ok($unknown, '<=', $kills * 2 * $places, 'unknown are no more than were on their way at the kills');
is((grep { $_->{path} =~ /asleep/ } $other->requests), 0, 'nothing left in quiet hours');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
is( $node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE kind = 'action_executed'"),
	$node->safe_psql('postgres', "SELECT count(*) FROM campaign.action WHERE state = 'complete'"),
	'the log tells of each action that was executed once');
cmp_ok(scalar keys %stopped, '>', 0, 'although people opted out meanwhile');

sub table
{
	my %requests;
	for my $sink ($knowing, $other, $mails)
	{
		open my $log, '<', $sink->log or next;
		while (<$log>)
		{
			my (undef, undef, undef, $path, undef, $status) = split / /;
			$requests{$path}{all}++;
			$requests{$path}{repeated}++ if $status eq 'repeat';
		}
	}
	note(sprintf 'seed %d: %d kills (%s) in %.0f s, %d of them with requests on their way', $seed, scalar @away,
		join(', ', map { "$_ " . ($struck{$_} // 0) } sort keys %kills), $took, $in_traffic // 0);
	note(sprintf 'away at most %.1f s, on average %.1f s; %d runs, %d opt-outs', max(0, @away),
		sum0(@away) / (@away || 1), $enrolled, scalar keys %stopped);
	note(sprintf '%-16s %9s %9s %9s %9s %9s %9s', qw(channel actions complete unknown waiting requests repeats));
	for my $channel (@channels)
	{
		my @counts = split /\|/, $node->safe_psql('postgres', <<"SQL");
SELECT count(*), count(*) FILTER (WHERE state = 'complete'), count(*) FILTER (WHERE reason = 'unknown_outcome'), count(*) FILTER (WHERE state = 'queued')
FROM campaign.action WHERE campaign_id = $channel->{campaign}
SQL
		note(sprintf '%-16s %9d %9d %9d %9d %9d %9d', $channel->{name}, @counts, map { $requests{ $channel->{path} }{$_} // 0 } qw(all repeated));
	}
	note('violated: ' . (join(', ', map { "$_ " . @{ $violations->{$_} } } sort keys %$violations) || 'nothing')
			. sprintf('; the chance that a kill does harm is below %.2g (95 %%)', 3 / (@away || 1)));
	return;
}
table();

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal (?!9:)\d+:/, 'nothing crashed by itself');
done_testing();
