# The clock of the server is set, forward and back, while workers run (T2): what became due leaves, once; nobody waits
# for the clock to be there again, though workers keep instants in memory until which they leave something alone; what
# a day allows holds. And a server that may forget what it has committed says so (B7).
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $day = 86_400;
my ($node, $knows, $blind);
my $shift = PostgreSQL::Test::Utils::tempdir('clock') . '/shift';

# From now on the clock of server and receivers goes ahead by so much, and the launcher has seen it.
my $jumps = 0;

sub set_clock
{
	my ($seconds) = @_;
	open my $file, '+<', $shift or die "could not open $shift: $!";
	syswrite $file, pack 'q', $seconds;
	close $file or die $!;
	$jumps++;
	return wait_until(sub { $jumps <= (() = slurp_file($node->logfile) =~ /LOG:  the clock of the server was set/g) }, 20);
}

append_to_file($shift, pack 'q', 0);
{
	local $ENV{CAMPAIGN_CLOCK_SHIFT} = $shift;
	local $ENV{LD_PRELOAD} = dirname($ENV{CAMPAIGN_SINK} // 'build/sink/sink') . '/shifted.so';
	$node = new_node('campaign.safety_poll' => '1s', max_prepared_transactions => 5);
	($knows, $blind) = (start_sink('--idempotent'), start_sink());
}
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

# ---- fsync ---------------------------------------------------------------------------------------------------------

my $launcher = q{SELECT status FROM campaign.worker_status WHERE kind = 'launcher'};
ok(poll_until($node, $launcher, 'idle; fsync is off: after a crash of the machine things may be sent twice'), 'a server without fsync says so');
$node->safe_psql('postgres', "ALTER SYSTEM SET $_") for 'fsync = on', 'full_page_writes = off';
$node->reload;
ok(poll_until($node, "SELECT left(status, 30) FROM ($launcher) s", 'idle; full_page_writes is off:'), 'so does one without full pages');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET full_page_writes');
$node->reload;
ok(poll_until($node, $launcher, 'idle'), 'one with both has nothing to say');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET fsync');
$node->reload;
like(slurp_file($node->logfile), qr/LOG:  fsync is off, and campaign may send twice/, 'and it is logged');

# ---- forward ---------------------------------------------------------------------------------------------------------

my $steps = '[{"visit": {}}, {"delay": "1 day"}, {"visit": {}}]';
my ($sure, $unsure) = map {
	run_campaign($node, count => 10, url => $_->url('/slow?ms=20'), steps => $steps, options => { idempotent => $_ == $knows ? 1 : 0 })
} $knows, $blind;
my $limited = run_campaign($node, count => 8, url => $blind->url('/ok?limited'), max => 3);
my $done = 'SELECT count(*) FROM campaign.action WHERE executed_at IS NOT NULL AND campaign_id IN (%s)';
my $both = sprintf $done, "$sure, $unsure";

sub requests
{
	my ($path) = @_;
	return scalar grep { index($_->{path}, $path) == 0 } $knows->requests, $blind->requests;
}

ok(poll_until($node, $both, '20'), 'the first actions are done');
ok(poll_until($node, sprintf($done, $limited), '3'), 'and as many as a day allows');
set_clock(2 * $day);
ok(poll_until($node, $both, '40'), 'two days later by the clock all of the second ones are');
is(requests('/slow'), 40, 'each once');
ok(poll_until($node, sprintf($done, $limited), '6'), 'and as many as the new day allows');

# ---- back --------------------------------------------------------------------------------------------------------------

my $gone = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
set_clock($day);
is($node->safe_psql('postgres', "SELECT pg_terminate_backend($gone)"), 't', 'a worker is ended after the clock was set back');
# nobody is told of these: a prepared transaction wakes nobody
$node->safe_psql('postgres', <<"SQL");
BEGIN;
INSERT INTO campaign.prospect (external_id) VALUES ('late 1'), ('late 2');
SELECT count(*) FROM campaign.enroll($sure, ARRAY[campaign.prospect_id('late 1')]);
SELECT count(*) FROM campaign.enroll($unsure, ARRAY[campaign.prospect_id('late 2')]);
PREPARE TRANSACTION 'late';
COMMIT PREPARED 'late';
SQL
ok(poll_until($node, $both, '42', 30), 'who comes then is served, and the worker is back');
$node->safe_psql('postgres', 'SELECT campaign.wake()');
is(requests('/slow'), 42, 'and nothing that was sent ahead of time is sent again');
ok(poll_until($node, left_open($sure, $unsure), '0'), 'all is at rest');
cmp_ok($node->safe_psql('postgres', sprintf $done, $limited), '<=', '8', 'a day allows no more than it does');
set_clock($day - 3600);
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM campaign.worker_status WHERE kind = 'scheduler'");
$node->safe_psql('postgres', "INSERT INTO campaign.prospect (external_id) VALUES ('later'); SELECT count(*) FROM campaign.enroll($unsure, ARRAY[campaign.prospect_id('later')])");
ok(poll_until($node, $both, '43', 30), 'nor does another hour back stop anything');
set_clock(2 * $day);
ok(poll_until($node, 'SELECT count(*) FROM campaign.stuck', '0'), 'nobody is stuck (B5)');
is_deeply(broken_promises($node, $_->[0], $_->[1], path => '/slow'), {}, 'every promise is kept') for [ $knows, $sure ], [ $blind, $unsure ];
like(slurp_file($node->logfile), qr/LOG:  the clock of the server was set back by 86(?:399|4\d\d) s/, 'that it was set back is logged');
like(slurp_file($node->logfile), qr/LOG:  the clock of the server was set forward by 172[78]\d\d s/, 'and that it was set forward');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|WARNING:|exited with exit code [^01]/, 'nothing crashed or complained');
done_testing();
