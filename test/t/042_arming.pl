# A copy of a database sends nothing until somebody arms it, whichever way it was made, and then nothing
# twice; disarm() stops what is armed (B7).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $knows = start_sink('--idempotent'); # a gateway that knows keys
my $blind = start_sink();               # one that does not

# Copies that were let go beside their original send what it sends.
except($_ => 'two copies of a database are armed at once') for qw(I3 I4 I5);

# ---- where the original is -----------------------------------------------------------------------------

# Two campaigns of ten; five of each have been sent to, the others wait for tomorrow's quota.
sub half_done
{
	my ($node) = @_;
	for my $sink ($knows, $blind)
	{
		my $campaign = run_campaign($node, count => 10, url => $sink->url, provider => 'half',
			options => { idempotent => $sink == $knows }, max => 5);
		ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE campaign_id = $campaign AND state = 'complete'", '5'), 'five are sent');
	}
	return;
}

# What would send the other five at once, if it may.
my $let_go = 'DELETE FROM campaign.quota; SELECT campaign.wake()';

sub sent { return scalar(@{ [ $knows->requests, $blind->requests ] }); }

# says($node, $database): what the workers of a database say.
sub says
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{SELECT string_agg(DISTINCT status, ', ') FROM campaign.worker_status WHERE kind <> 'launcher'});
}

# Both kinds of worker have looked, after what made work, and started nothing.
sub holds
{
	my ($node, $database, $detail, $what) = @_;
	my $before = sent();
	my $rounds = q{SELECT min(rounds) FROM campaign.worker_status WHERE kind <> 'launcher' AND pid IS NOT NULL};
	ok(wait_until(sub { says($node, $database) eq "not armed: $detail" }, 30), "$what: workers say why") or diag(says($node, $database));
	$node->safe_psql($database, $let_go);
	for (1 .. 3)
	{
		my $done = $node->safe_psql($database, $rounds);
		$node->safe_psql($database, 'SELECT campaign.wake()');
		wait_until(sub { $node->safe_psql($database, $rounds) > $done }, 20) or fail("$what: workers look again");
	}
	is(sent(), $before, "$what: nothing is sent");
	return;
}

# After arm(): what goes on, the repeats that there must not be.
sub goes_on
{
	my ($node, $database, $expected, $what) = @_;
	is($node->safe_psql($database, 'SELECT campaign, due, queued, unknown, paused FROM campaign.arm() ORDER BY 1'),
		$expected, "$what: arm() says what it releases");
	ok(wait_until(sub { $node->safe_psql($database, q{SELECT count(*) FROM campaign.action a
		JOIN campaign.enrollment e ON e.id = a.enrollment_id WHERE a.state = 'queued' AND e.status = 'in_progress'}) eq '0' }, 30), "$what: it goes on");
	return;
}

sub repeated
{
	my (%seen);
	$seen{ $_->{key} }++ for grep { $_->{status} ne 'repeat' } $knows->requests, $blind->requests;
	return scalar(grep { $_ > 1 } values %seen);
}

my $origin = new_node('campaign.safety_poll' => '1h', 'init' => { allows_streaming => 1, has_archiving => 1 });
$origin->safe_psql('postgres', 'CREATE EXTENSION campaign');
is($origin->safe_psql('postgres', 'SELECT code FROM campaign.arming_fault()'), '', 'where nothing was launched nothing is to be armed');
half_done($origin);
is($origin->safe_psql('postgres', 'SELECT count(*), bool_and(node = campaign.node_id()) FROM campaign.arming'), '1|t', 'the first launch has armed it');
is(sent(), 10, 'ten are sent');

# ---- dump and restore, into the same cluster ---------------------------------------------------------------

my $file = PostgreSQL::Test::Utils::tempdir() . '/origin.sql';
$origin->command_ok([ 'pg_dump', '--no-sync', '--file', $file, 'postgres' ], 'the database can be dumped');
$origin->safe_psql('postgres', 'CREATE DATABASE copy');
$origin->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'copy', '-f', $file ], 'and restored');
holds($origin, 'copy', 'it was restored from a dump, and not armed since', 'a restored dump');

my ($out, $error);
$origin->psql('copy', q{
	SELECT campaign.create_campaign('more', 'c1', (SELECT min(id) FROM campaign.member), ARRAY(SELECT min(id) FROM campaign.account)) AS more \gset
	SELECT item, detail FROM campaign.preflight(:more) WHERE NOT ok AND item = 'workers';
	SELECT campaign.launch(:more)}, stdout => \$out, stderr => \$error);
like($out, qr/^workers\|this database is not armed: it was restored from a dump, and not armed since$/m, 'preflight() says so');
like($error, qr/ERROR:  this database is not armed\n.*DETAIL:  Code not_armed: /s, 'launch() refuses');
is($origin->psql('copy', 'SELECT campaign.take()', stderr => \$error), 3, 'and take()');
is( $origin->safe_psql('copy', q{SELECT DISTINCT x.reason, x.detail FROM campaign.action a JOIN campaign.enrollment e ON e.id = a.enrollment_id,
	campaign.explain(e.campaign_id, e.prospect_id) x WHERE a.state = 'queued' AND x.reason = 'not_armed'}),
	'not_armed|nothing leaves this database: it was restored from a dump, and not armed since', 'explain() gives it as the reason');
is($origin->safe_psql('copy', q{SELECT DISTINCT code FROM campaign.campaign_cause WHERE code = 'not_armed'}), 'not_armed', 'and so does health');

# the gateway that knows keys may be asked again; whom the other was to be asked for are in doubt
goes_on($origin, 'copy', "c1|0|5|0|0\nc2|0|0|0|5", 'a restored dump');
is(sent(), 15, 'what is in no doubt was sent');
is($origin->safe_psql('copy', q{SELECT status, count(*) FROM campaign.enrollment WHERE ended_at IS NULL GROUP BY 1}), 'paused|5', 'the others wait for somebody to decide');
$origin->safe_psql('copy', q{SELECT campaign.resume_prospects(campaign.campaign_id('c2'), ARRAY(SELECT prospect_id FROM campaign.enrollment WHERE status = 'paused'))});
ok(wait_until(sub { sent() == 20 }), 'resumed, they are sent to');

# ---- and into another one -----------------------------------------------------------------------------------

my $other = new_node('campaign.safety_poll' => '1h');
$other->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', $file ], 'the dump can be restored elsewhere');
holds($other, 'postgres', 'it was restored from a dump, and not armed since', 'elsewhere');
$other->stop('fast');

# ---- a copy by template -------------------------------------------------------------------------------------

$origin->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$origin->restart;
$origin->safe_psql('postgres', 'CREATE DATABASE twin TEMPLATE postgres');
$origin->append_conf('postgresql.conf', "shared_preload_libraries = 'campaign'");
$origin->restart;
holds($origin, 'twin', 'it is a copy of the database that was armed', 'a copy by template');
is(says($origin, 'postgres'), 'idle', 'its original is armed as before');

# ---- a copy of the files ------------------------------------------------------------------------------------

$origin->backup('files');
my $clone = PostgreSQL::Test::Cluster->new('clone');
$clone->init_from_backup($origin, 'files');
$clone->start;
holds($clone, 'postgres', 'it was armed on another node', 'a clone');
$clone->stop('fast');

# ---- standbys -----------------------------------------------------------------------------------------------

my ($approved, $stranger) = map {
	my $standby = PostgreSQL::Test::Cluster->new($_);
	$standby->init_from_backup($origin, 'files', has_streaming => 1);
	$standby->start;
	$standby;
} qw(approved stranger);
my $name = $approved->safe_psql('postgres', 'SELECT campaign.node_id()');
isnt($name, $origin->safe_psql('postgres', 'SELECT campaign.node_id()'), 'a standby can be asked for its name');
is($origin->safe_psql('postgres', "SELECT campaign, queued, paused FROM campaign.arm(ARRAY['$name']) ORDER BY 1"),
	"c1|5|0\nc2|5|0", 'arming again where it is armed puts nothing in doubt');
$origin->wait_for_catchup($_, 'replay', $origin->lsn('insert')) for $approved, $stranger;
$origin->stop('fast');

$stranger->promote;
holds($stranger, 'postgres', 'it was armed on another node', 'a promoted standby that nobody approved');
$stranger->stop('fast');
$approved->promote;
$approved->safe_psql('postgres', $let_go);
ok(wait_until(sub { $approved->safe_psql('postgres', q{SELECT count(*) FROM campaign.action WHERE state = 'complete'}) eq '20' }, 30),
	'one that was approved goes on by itself');
is(repeated(), 5, 'to whom the copy above has sent already, and nobody else, was sent again: that copy was let go, too');
$approved->stop('fast');

# ---- the same token: a server deployed anew, and one taken back in time ------------------------------------------

my $token = new_node('campaign.safety_poll' => '1h', 'campaign.instance_token' => 'of production',
	init => { allows_streaming => 1, has_archiving => 1 });
$token->safe_psql('postgres', 'CREATE EXTENSION campaign');
half_done($token);
like($token->safe_psql('postgres', 'SELECT node FROM campaign.arming'), qr/^token:[0-9a-f]{32}$/, 'the node is known by its token');
unlike($token->safe_psql('postgres', 'SELECT a::text FROM campaign.arming a'), qr/production/, 'which stands nowhere');
is($token->psql('postgres', q{ALTER SYSTEM SET campaign.instance_token = 'x'}, stderr => \$error), 3, 'nor in the data directory');
$token->backup('deployed');
$token->safe_psql('postgres', "CREATE TABLE later (); SELECT pg_switch_wal()");

my $past = PostgreSQL::Test::Cluster->new('past');
$past->init_from_backup($token, 'deployed', has_restoring => 1, standby => 0);
$past->append_conf('postgresql.conf', "recovery_target = 'immediate'\nrecovery_target_action = 'promote'");
$past->start;
ok(wait_until(sub { $past->safe_psql('postgres', 'SELECT pg_is_in_recovery()') eq 'f' }, 30), 'a server is taken back in time');
holds($past, 'postgres', 'its history is another than that of the server that was armed', 'point-in-time recovery');
goes_on($past, 'postgres', "c3|0|5|0|0\nc4|0|0|0|5", 'point-in-time recovery');
$past->stop('fast');

$token->stop('fast');
my $again = PostgreSQL::Test::Cluster->new('again');
$again->init_from_backup($token, 'deployed');
$again->start;
is($again->safe_psql('postgres', 'SELECT code FROM campaign.arming_fault()'), '', 'deployed anew with its token it is armed, wherever its files are');

# ---- disarm() -----------------------------------------------------------------------------------------------

$again->safe_psql('postgres', q{SELECT campaign.disarm('the provider complains')});
holds($again, 'postgres', 'it was disarmed: the provider complains', 'disarm()');
is($again->safe_psql('postgres', q{SELECT DISTINCT code, message FROM campaign.alerts WHERE closed_at IS NULL AND code = 'not_armed'}),
	'not_armed|nothing leaves this database: it was disarmed: the provider complains', 'alerts say why');
$again->restart;
ok(wait_until(sub { says($again, 'postgres') eq 'not armed: it was disarmed: the provider complains' }), 'also after a restart');
is($again->psql('postgres', q{SELECT campaign.disarm(' ')}, stderr => \$error), 3, 'a reason must be given');
goes_on($again, 'postgres', "c3|0|5|0|0\nc4|0|5|0|0", 'armed again');
is($again->safe_psql('postgres', q{SELECT count(*) FROM campaign.alerts WHERE closed_at IS NULL AND code = 'not_armed'}), '0', 'the alerts are closed');
$again->stop('fast');
unlike(slurp_file($_->logfile), qr/PANIC|TRAP/, $_->name . ' has not crashed') for $origin, $approved, $past, $again;
done_testing();
