# While 256 requests and 32 mails are not answered, and names are not resolved, nobody has to wait for a worker: DROP
# DATABASE of another database within 1 s, a fast shutdown within 2 s, a worker that was ended is back within 15 s, and
# one whose postmaster is killed is gone. Meanwhile no worker has a transaction, a snapshot, or a lock of a table.
# INTERRUPT_ROUNDS=100 does it so often, `make interrupts`. Where the machine has more to do than it has processors, the
# limits are longer by as much; what it took is printed.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use File::Basename qw(dirname);
use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rounds = $ENV{INTERRUPT_ROUNDS} || 1;
my ($requests, $mails, $names) = (256, 32, 8);

my $resolver = dirname($ENV{CAMPAIGN_SINK} // 'build/sink/sink') . '/never.so';
my $node;

# With the resolver that does not answer.
sub start_server
{
	local $ENV{LD_PRELOAD} = $resolver;
	return $node ? $node->start : ($node = new_node('campaign.places' => 512, 'campaign.safety_poll' => '1s'));
}

start_server();
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink();
my $silent = start_sink('--smtp', -1);
my $hanging = run_campaign($node, count => 0, url => $sink->url('/hang'), options => { places => $requests, timeout_ms => 300_000 });
my $mailing = run_campaign($node,
	count => 0,
	transport => 'smtp',
	url => 'smtp://127.0.0.1:' . $silent->port,
	steps => '[{"email": {"subject": "Hello", "body": "Dear {{email}}"}}]',
	options => { places => $mails, timeout_ms => 300_000 });
my %nowhere = (
	http => run_campaign($node, count => 0, url => 'http://api.never.test/', options => { places => $names }),
	smtp => run_campaign($node,
		count => 0,
		transport => 'smtp',
		url => 'smtp://mx.never.test',
		steps => '[{"email": {"subject": "Hello", "body": "Dear {{email}}"}}]',
		options => { places => $names }));
$node->safe_psql('postgres', "INSERT INTO campaign.quota (scope, action_kind, period, max_actions) VALUES ('each_account', 'email', 'week', 1000000)");

# How much longer what is timed may take: what else runs is not the subject.
sub patience
{
	my ($load) = slurp_file('/proc/loadavg') =~ /^(\S+)/;
	my $processors = () = slurp_file('/proc/cpuinfo') =~ /^processor/mg;
	return max(1, $load / ($processors || 1));
}

my %longest;

# What is to be over in so many seconds.
sub within
{
	my ($limit, $what, $code) = @_;
	my $patience = patience();
	my $began = time;
	my $good = $code->($limit * $patience);
	my $took = time - $began;
	$longest{$what} = max($longest{$what} // 0, $took);
	ok($good && $took <= $limit * $patience, sprintf '%s within %d s: %.2f s', $what, $limit, $took)
		or diag(sprintf 'with %.1f times as much time, by the load', $patience);
	return;
}

my $batches = 0;

# As many more people as there are places, once those who had them before are held.
sub hang
{
	my $name = 'batch ' . ++$batches;
	my %first = ($hanging => $requests, $mailing => $mails, map { $_ => $names } values %nowhere);
	$node->safe_psql('postgres', join "\n", <<"SQL", map { <<"SQL" } sort keys %first);
INSERT INTO campaign.prospect (external_id, email)
	SELECT c || ' $name, ' || i, c || translate('$name', ' ', '.') || '.' || i || '\@example.com'
	FROM unnest(ARRAY[@{[join ', ', keys %first]}]) c, generate_series(1, $requests) i;
SQL
SELECT count(*) FROM campaign.enroll($_, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$_ $name, %' ORDER BY id LIMIT $first{$_}));
SQL
	my $away = "SELECT count(*) FILTER (WHERE campaign_id = $hanging), count(*) FILTER (WHERE campaign_id = $mailing AND dot_at IS NOT NULL)"
		. ' FROM campaign.action WHERE state = \'processing\'';
	my $asked = "SELECT count(*) > $names FROM campaign.action WHERE campaign_id IN ($nowhere{http}, $nowhere{smtp}) AND state = 'processing'";
	return poll_until($node, $asked, 't', 60) && poll_until($node, $away, "$requests|$mails", 60);
}

sub pid_of
{
	my ($kind) = @_;
	return $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = '$kind'");
}

# What a worker would hold back others by. A transaction that has just begun is none that is open.
my $open = <<'SQL';
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'campaign %' AND xact_start < clock_timestamp() - interval '1 second')
    + (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.backend_type = 'campaign dispatcher'
        AND l.locktype = 'relation' AND a.xact_start < clock_timestamp() - interval '1 second')
SQL

for my $round (1 .. $rounds)
{
	ok(hang(), "$requests requests, $mails mails after their dot and up to " . 2 * $names . ' names are not answered');
	is($node->safe_psql('postgres', $open), '0', 'no worker has a transaction open');
	cmp_ok(scalar(() = glob '/proc/' . pid_of('dispatcher') . '/task/*'), '>', $names, 'threads wait for names');
	$node->safe_psql('postgres', 'CREATE DATABASE other');
	within(1, 'DROP DATABASE of another', sub { return 0 == $node->psql('postgres', 'DROP DATABASE other', timeout => 60) });
	for my $kind (qw(dispatcher scheduler))
	{
		my $pid = pid_of($kind);
		$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
		within(15, "a $kind that was ended is back",
			sub { return poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = '$kind' AND pid <> $pid", '1', $_[0]) });
	}
	ok(hang(), 'as many more are not answered');
	audit($node) if $round == $rounds;
	within(2, 'a fast shutdown', sub { return $node->stop('fast', audited => 1) });
	start_server();
}

# ---- What those who were ended have left -----------------------------------------------------------------

my $held = 2 * $rounds * ($requests + $mails);
ok(poll_until($node, "SELECT count(*) FROM campaign.unknown_outcomes WHERE campaign_id IN ($hanging, $mailing)", $held, 60),
	'what hung is held as unknown');
my %times;
$times{ $_->{key} }++ for $sink->requests, $silent->requests;
is((grep { $_ > 1 } values %times), 0, 'none was sent twice');
is(scalar keys %times, $held, 'and each was sent');

# H7: autovacuum comes where statistics are reported
ok(poll_until($node, "SELECT n_tup_upd > 0 FROM pg_stat_user_tables WHERE relid = 'campaign.action'::regclass", 't', 20),
	'the server knows of the rows that workers change');

# ---- The postmaster is killed, and nobody else (L10) -----------------------------------------------------

ok(hang(), 'once more nothing is answered');
my @workers = map { pid_of($_) } qw(launcher scheduler dispatcher);
audit($node);
$node->kill9;
within(5, 'workers of a postmaster that is killed are gone',
	sub { return wait_until(sub { !grep { -e "/proc/$_" && slurp_file("/proc/$_/stat") !~ /\) Z / } @workers }, $_[0]) });
note(sprintf '%s: at most %.2f s', $_, $longest{$_}) for sort keys %longest;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal|exited with exit code [^01]/, 'nothing crashed');
done_testing();
