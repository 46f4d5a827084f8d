# Workers come with the extension and go with it, return when they are ended, and are in nobody's way.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node();

# How many workers of a database there are, as the server sees it.
sub workers
{
	my ($database) = @_;
	return "SELECT count(*) FROM pg_stat_activity"
		. " WHERE backend_type IN ('campaign scheduler', 'campaign dispatcher') AND datname = '$database'";
}

# The same, as campaign shows it to somebody in that database.
sub shown
{
	my ($where) = @_;
	return "SELECT count(*) FROM campaign.worker_status WHERE pid IS NOT NULL AND $where";
}

sub pid_of
{
	my ($kind) = @_;
	return $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = '$kind'");
}

ok(poll_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'campaign launcher'", '1'),
	'the launcher runs before any database has the extension');

# ---- CREATE EXTENSION starts workers at its commit, and only then ------------------------------

is( $node->safe_psql('postgres', 'BEGIN; CREATE EXTENSION campaign; ' . workers('postgres') . '; ROLLBACK'),
	'0', 'before the commit there is no worker');
is($node->safe_psql('postgres', workers('postgres')), '0', 'after a rollback there is none either');

$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
ok(poll_until($node, workers('postgres'), '2', 10), 'the commit of CREATE EXTENSION starts the workers');
ok(poll_until($node, shown(q(status LIKE 'idle%')), '3', 10), 'all of them are shown, and idle');
is($node->safe_psql('postgres', 'SELECT campaign.preloaded()'), 't', 'the library is preloaded');
is( $node->safe_psql('postgres',
		"SELECT campaign.library_version() = extversion FROM pg_extension WHERE extname = 'campaign'"),
	't',
	'the library has the version of the extension');

# ---- A changed configuration is read -------------------------------------------------------------

$node->append_conf('postgresql.conf', 'campaign.dispatchers = 0');
$node->reload;
ok(poll_until($node, workers('postgres'), '1', 10), 'without dispatchers only the scheduler is left');
$node->append_conf('postgresql.conf', 'campaign.dispatchers = 1');
$node->reload;
ok(poll_until($node, workers('postgres'), '2', 15), 'and the dispatcher comes back');

# ---- What is ended comes back ----------------------------------------------------------------------

for my $kind (qw(scheduler dispatcher launcher))
{
	my $pid = pid_of($kind);
	my $began = time;
	is($node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)"), 't', "the $kind is ended");
	ok(poll_until($node, shown("kind = '$kind' AND pid <> $pid"), '1', 15), "and is back within 15 s");
	note(sprintf 'the %s was away for %.1f s', $kind, time - $began);
}
my @before = map { pid_of($_) } qw(scheduler dispatcher);
$node->safe_psql('postgres', "SELECT pg_cancel_backend($_)") for @before;
$node->safe_psql('postgres', 'SELECT campaign.wake()');
is(join(' ', map { pid_of($_) } qw(scheduler dispatcher)),
	"@before", 'a cancel ends none of them, between transactions');

# ---- Dropping and making the extension anew ----------------------------------------------------------

$node->safe_psql('postgres', 'DROP EXTENSION campaign');
ok(poll_until($node, workers('postgres'), '0', 10), 'DROP EXTENSION sends the workers away');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
ok(poll_until($node, workers('postgres'), '2', 10), 'CREATE EXTENSION brings them back');
my $fresh = "status LIKE 'idle%' AND kind <> 'launcher' AND pid NOT IN (%s)";
my $replace = 'DROP EXTENSION campaign; CREATE EXTENSION campaign';
for my $case ([ "BEGIN; $replace; COMMIT", 'one transaction' ], [ $replace, 'two transactions' ])
{
	my $old = join ',', map { pid_of($_) } qw(scheduler dispatcher);
	$node->safe_psql('postgres', $case->[0]);
	ok(poll_until($node, shown(sprintf $fresh, $old), '2', 15),
		"an extension that is replaced in $case->[1] gets new workers");
}

# A worker that is late to see it must not make the launcher forget what is there now.
my ($scheduler, $dispatcher) = map { pid_of($_) } qw(scheduler dispatcher);
kill 'STOP', $dispatcher;
$node->safe_psql('postgres', "BEGIN; $replace; COMMIT");
ok(poll_until($node, shown(sprintf "$fresh AND kind = 'scheduler'", $scheduler), '1', 15),
	'a new scheduler is there before the old dispatcher has noticed');
kill 'CONT', $dispatcher;
ok(poll_until($node, shown(sprintf $fresh, "$scheduler, $dispatcher"), '2', 15),
	'which leaves then, and is replaced');

# ---- Two databases, and nobody in the way of DROP DATABASE ---------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('postgres', 'CREATE DATABASE third');
$node->safe_psql('other', 'CREATE EXTENSION campaign');
ok(poll_until($node, workers('other'), '2', 10), 'a second database has workers of its own');
ok(poll_until($node, workers('postgres'), '2', 10), 'beside those of the first');
is($node->safe_psql('other', "SELECT count(*) FROM campaign.worker_status WHERE database = 'postgres'"),
	'0', 'a database does not see the workers of another');

my ($status) = $node->psql('postgres', 'DROP DATABASE third', timeout => 10);
is($status, 0, 'a database without the extension is dropped while workers run elsewhere');
($status) = $node->psql('postgres', 'ALTER DATABASE other RENAME TO moved', timeout => 20);
is($status, 0, 'a database is renamed although it has workers');
ok(poll_until($node, workers('moved'), '2', 20), 'which come back');
($status) = $node->psql('postgres', 'DROP DATABASE moved', timeout => 20);
is($status, 0, 'and dropped');
$node->safe_psql('postgres', 'CREATE DATABASE other TEMPLATE postgres', timeout => 20);
ok(poll_until($node, workers('other'), '2', 45), 'a copy of a database with the extension gets workers');
($status) = $node->psql('postgres', 'DROP DATABASE other WITH (FORCE)', timeout => 20);
is($status, 0, 'a database with workers is dropped by force, too');
ok(poll_until($node, workers('postgres'), '2', 20), 'the workers of the first are there again');

# ---- The end ----------------------------------------------------------------------------------------------

my $began = time;
$node->stop('fast');
cmp_ok(time - $began, '<', 10, 'a fast shutdown is not held up');
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|terminated by signal|exited with exit code [^01]/, 'nothing crashed');
unlike($log, qr/campaign.*(?:ERROR|WARNING)/, 'no worker complained');
done_testing();
