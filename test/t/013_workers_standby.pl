# A standby has no workers; promoted, it gets them.
use strict;
use warnings;

use lib 'test/perl';
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node(init => { allows_streaming => 1 });
$primary->safe_psql('postgres', q{
	CREATE EXTENSION campaign;
	INSERT INTO campaign.member (name) VALUES ('Mia');
	INSERT INTO campaign.account (member_id, channel_id, address) SELECT id, 1, 'mia' FROM campaign.member;
	INSERT INTO campaign.prospect (external_id) VALUES ('ada');
	SELECT campaign.create_sequence('s', '[{"delay": "30 days"}, {"visit": {}}]');
	SELECT campaign.create_campaign('Spring', 's', (SELECT id FROM campaign.member), ARRAY[campaign.account_id('mia')]);
	SELECT count(*) FROM campaign.enroll(campaign.campaign_id('Spring'), ARRAY[campaign.prospect_id('ada')]);
});
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
# docs/operations.md: reports are read on a standby; in one session, since each takes its time to begin.
my $views = $standby->safe_psql('postgres', q{
	SELECT string_agg(format('SELECT count(*) FROM campaign.%I;', relname), ' ' ORDER BY relname) FROM pg_class
	WHERE relnamespace = 'campaign'::regnamespace AND relkind = 'v'});
my ($status, $printed, $error) = $standby->psql('postgres', "SET jit = off; $views" . q{
	SELECT campaign.campaign_id('Spring') AS id, campaign.prospect_id('ada') AS ada \gset
	SELECT count(*) FROM campaign.explain(:id, :ada); SELECT count(*) FROM campaign.dry_run(:id); SELECT count(*) FROM campaign.forecast(:id);
	SELECT count(*) FROM campaign.events_since(); SELECT campaign.metrics_text() LIKE '%campaign_runs%';
	SELECT campaign.report_html(:id) LIKE '%<html%' AND campaign.report_html() LIKE '%<html%'});
is($error, '', 'all views and what reports on campaigns can be read there');
like($printed, qr/\d+\nt\nt\z/, 'with something in it');
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
