# Faults of rounds do not end workers, a crash of the server does not lose them, and what hinders
# their start is said.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1s');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

my $idle = "SELECT count(*) FROM campaign.worker_status WHERE status LIKE 'idle%'";
my $pids = "SELECT string_agg(pid::text, ' ' ORDER BY kind) FROM campaign.worker_status";
my $errors = "SELECT sum(errors) > 0 FROM campaign.worker_status";

ok(poll_until($node, $idle, '3'), 'the workers are idle');
my $before = $node->safe_psql('postgres', $pids);

# ---- A round that fails ------------------------------------------------------------------------------

$node->safe_psql('postgres', 'ALTER TABLE campaign.instance RENAME TO elsewhere');
ok(poll_until($node, $errors, 't'), 'a round fails');
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status LIKE 'backing off: 42P01%'", '2'),
	'the workers back off and say why');
is($node->safe_psql('postgres', $pids), $before, 'none of them ended');
ok(poll_until($node, "SELECT min(errors) > 1 FROM campaign.worker_status WHERE kind <> 'launcher'", 't'),
	'they try again');
my @logged = slurp_file($node->logfile) =~ /WARNING:.*elsewhere|WARNING:.*"campaign\.instance"/g;
is(scalar @logged, 2, 'the log has the fault once for each of them');

$node->safe_psql('postgres', 'ALTER TABLE campaign.elsewhere RENAME TO instance');
ok(poll_until($node, $idle, '3', 60), 'when it is mended they go on');
is($node->safe_psql('postgres', $pids), $before, 'as the same processes');

# ---- A library of another version ----------------------------------------------------------------------

my $version = $node->safe_psql('postgres', 'SELECT campaign.library_version()');
$node->safe_psql('postgres', "UPDATE pg_extension SET extversion = '0.0' WHERE extname = 'campaign'");
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status LIKE '%does not fit extension 0.0'", '2'),
	'workers of another version idle and say so');
$node->safe_psql('postgres', "UPDATE pg_extension SET extversion = '$version' WHERE extname = 'campaign'");
ok(poll_until($node, $idle, '3'), 'and work when it fits');

# ---- A crash of the server -------------------------------------------------------------------------------

my ($scheduler) = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'scheduler'");
kill 'KILL', $scheduler;
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE status LIKE 'idle%' AND pid <> $scheduler", '3', 30),
	'after a crash all of them are back');
$node->stop('fast');

# ---- No place for workers --------------------------------------------------------------------------------

# One for the launcher, one for that of logical replication.
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->start;
my $lacking = "SELECT count(*) FROM campaign.worker_status WHERE pid IS NULL AND status LIKE '%max_worker_processes%'";
ok(poll_until($node, $lacking, '1'), 'a worker that cannot be started is shown, with the reason');
like(slurp_file($node->logfile), qr/WARNING:\s+could not start a worker of campaign/, 'and logged');
$node->stop('fast');

# ---- Not preloaded -----------------------------------------------------------------------------------------

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->start;
is($node->safe_psql('postgres', 'SELECT campaign.preloaded(), campaign.library_version()'),
	"f|$version", 'without preloading the functions work');
is($node->safe_psql('postgres', 'SELECT campaign.wake(); SELECT count(*) FROM campaign.worker_status'),
	"\n0", 'and there is nobody to wake');
$node->stop('fast');

unlike(slurp_file($node->logfile), qr/PANIC|TRAP|exited with exit code [^01]/, 'nothing crashed by itself');
done_testing();
