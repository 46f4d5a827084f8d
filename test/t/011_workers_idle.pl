# Idle workers cost nothing but the safety poll, and are woken by the commit of what makes work.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Statements of workers are counted here; those of the test are on another database.
my $node = new_node(
	'campaign.safety_poll' => '1h',
	# Else its own transactions in the database are among those that are counted.
	autovacuum => 'off');
$node->safe_psql('postgres', 'CREATE DATABASE work');
$node->safe_psql('work', 'CREATE EXTENSION campaign');

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('work', $sql);
}

my $rounds = "SELECT sum(rounds) FROM campaign.worker_status WHERE kind <> 'launcher'";
my $transactions = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'work'";

# Asks until two answers in a row, with a connection in between, are the same.
sub settled
{
	my ($code) = @_;
	my $last = '';
	return wait_until(
		sub {
			my $now = $code->();
			my $same = $now ne '' && $now eq $last;
			$last = $now;
			return $same;
		},
		20) ? $last : undef;
}

ok(wait_until(
		sub { answer("SELECT count(*) FROM campaign.worker_status WHERE status LIKE 'idle%'") eq '3' }, 20),
	'the workers are idle');
my $at_rest = settled(sub { answer($rounds) });
ok(defined $at_rest, 'they come to rest');
answer("CREATE TABLE unrelated AS SELECT $_ AS n; DROP TABLE unrelated") for 1 .. 20;
is(answer($rounds), $at_rest, 'commits that make no work wake nobody');

# The statistics of the sessions above come in when they end, hence the wait until nothing changes.
my $before = settled(sub { $node->safe_psql('postgres', $transactions) });
$node->safe_psql('postgres', 'SELECT 1') for 1 .. 20;
is($node->safe_psql('postgres', $transactions), $before, 'the idle database sees no transaction at all');

answer('BEGIN; SELECT campaign.wake(); ROLLBACK');
is(answer($rounds), $at_rest, 'a wake-up that is rolled back wakes nobody');
answer('SELECT campaign.wake()');
ok(wait_until(sub { answer($rounds) > $at_rest }, 5), 'one that commits does, long before the safety poll');

# A prepared transaction wakes nobody: the safety poll is there for it.
$node->append_conf('postgresql.conf', "campaign.safety_poll = '1s'");
$node->reload;
my $polled = answer($rounds);
ok(wait_until(sub { answer($rounds) > $polled + 3 }, 20), 'the safety poll looks without being woken');

is(answer("SELECT sum(errors) FROM campaign.worker_status"), '0', 'no round failed');
$node->stop('fast');
done_testing();
