# A standby has no workers; promoted, it gets them.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node(init => { allows_streaming => 1 });
$primary->safe_psql('postgres', 'CREATE EXTENSION campaign');
$primary->backup('base');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

my $processes = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'campaign %'";
ok(poll_until($primary, $processes, '3'), 'the primary has its launcher and workers');
is($standby->safe_psql('postgres', $processes), '0', 'the standby has none');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM campaign.worker_status'),
	'0', 'and says so');
$standby->promote;
ok(poll_until($standby, $processes, '3'), 'once promoted it has them');

# A standby that is waited for and does not answer holds up no shutdown.
$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'nosuch'");
$primary->reload;
$primary->safe_psql('postgres', 'SET synchronous_commit = off; SELECT campaign.wake()');
$primary->stop('fast');
$standby->stop('fast');
unlike(slurp_file($_->logfile), qr/PANIC|TRAP/, $_->name . ' has not crashed') for $primary, $standby;
done_testing();
