# With 64 requests that nobody answers, whoever wants the server, a database or a worker to go is not
# kept waiting, and a changed configuration is read.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('campaign.places' => 64);
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
$node->safe_psql('postgres', "CREATE DATABASE other$_") for 1, 2;
$node->safe_psql('other2', 'CREATE EXTENSION campaign');
my $sink = start_sink();

my $hanging = "SELECT count(*) FROM campaign.action WHERE state = 'processing'";
my $campaign = run_campaign($node, count => 300, url => $sink->url('/hang'), options => { places => 200, timeout_ms => 120_000 });

sub hang
{
	my ($number) = @_;
	return poll_until($node, $hanging, $number, 20) && wait_until(sub { $sink->requests >= $number }, 10);
}

# Runs a statement that may take so many seconds; how long it took, and what it says if it fails.
sub within
{
	my ($seconds, $sql, $name) = @_;
	my $began = time;
	my ($status, undef, $error) = $node->psql('postgres', "SET statement_timeout = '${seconds}s'; $sql");
	is($status, 0, sprintf('%s: %.2f s', $name, time - $began)) or diag($error);
	return;
}

ok(hang(64), '64 requests hang');
within(1, 'DROP DATABASE other1', 'another database is dropped within 1 s');
within(1, 'DROP DATABASE other2', 'and one with workers of its own');

# ---- A dispatcher is ended -------------------------------------------------------------------------------

my $dispatcher = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
my $began = time;
$node->safe_psql('postgres', "SELECT pg_terminate_backend($dispatcher)");
ok(poll_until($node, "SELECT count(*) FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid <> $dispatcher", '1', 15),
	'a dispatcher that is ended is back within 15 s');
note(sprintf 'it was away for %.1f s', time - $began);
ok(poll_until($node, 'SELECT count(*) FROM campaign.unknown_outcomes', '64', 15), 'what hung is held as unknown');
ok(hang(64) && wait_until(sub { $sink->requests >= 128 }, 10), 'and the next 64 hang');
is(scalar(my @requests = $sink->requests), 128, 'nothing was sent twice');

# ---- A changed number of places ---------------------------------------------------------------------------

$node->append_conf('postgresql.conf', 'campaign.places = 80');
$node->reload;
ok(hang(80), 'more places are used after a reload, while requests hang');
$node->append_conf('postgresql.conf', 'campaign.places = 8');
$node->reload;
$node->safe_psql('postgres', 'SELECT campaign.wake()');
ok(poll_until($node, 'SHOW campaign.places', '8', 10), 'fewer places are not taken from requests under way');
is($node->safe_psql('postgres', $hanging), '80', 'which hang on');

# ---- The server is stopped ----------------------------------------------------------------------------------

audit($node);
$began = time;
$node->stop('fast', audited => 1);
cmp_ok(time - $began, '<', 2, sprintf('a fast shutdown ends within 2 s: %.2f s', time - $began));
$node->start;
ok(poll_until($node, 'SELECT count(*) FROM campaign.unknown_outcomes', 64 + 80, 15), 'what hung then is held as unknown, too');
ok(poll_until($node, $hanging, '8', 15), 'and fewer are started now');
my %times;
$times{ $_->{key} }++ for $sink->requests;
is((grep { $_ > 1 } values %times), 0, 'none of all was sent twice');

# ---- The extension goes -------------------------------------------------------------------------------------

audit($node);
within(5, 'DROP EXTENSION campaign', 'the extension is dropped with requests under way');
ok(poll_until($node, "SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('campaign scheduler', 'campaign dispatcher')", '0', 10),
	'and its workers leave');

$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
