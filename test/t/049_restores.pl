# What comes back (B7, B19): a server after pg_upgrade sends nothing until it is armed, and then nothing twice; a dump
# restored into another cluster gives the same dump again; and of a person who was erased a dump has no word left.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignTest;
use Cwd ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $knows = start_sink('--idempotent');
my $blind = start_sink();
my $old = new_node('campaign.safety_poll' => '1s');
my $place = PostgreSQL::Test::Utils::tempdir();

sub dump_of
{
	my ($node, $what) = @_;
	my $file = "$place/" . $node->name . "-$what.sql";
	$node->command_ok([ 'pg_dump', '--no-sync', '--file', $file, 'postgres' ], "$what can be dumped");
	my $text = slurp_file($file);
	# a key that each dump makes up, and requests to look again, which a restored row makes as any other does
	$text =~ s/^\\(?:un)?restrict .*\n//mg;
	$text =~ s/^(COPY campaign\.alert_request .*?\n)(?:\d.*\n)*/$1/m;
	return ($file, $text);
}

sub sent { return scalar(@{ [ $knows->requests, $blind->requests ] }); }

# ---- an erased person ----------------------------------------------------------------------------------------------

$old->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $erased = $old->safe_psql('postgres', q{
	\pset tuples_only on
	INSERT INTO campaign.channel (name, transport, url, options) VALUES ('erase', 'http', '} . $knows->url . q{', '{"allow_http": true, "allow_private": true}') RETURNING id AS channel \gset
	INSERT INTO campaign.channel (name, transport) VALUES ('box', 'outbox') RETURNING id AS box \gset
	INSERT INTO campaign.member (name) VALUES ('Ann') RETURNING id AS member \gset
	INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, :channel, 'ann') RETURNING id AS account \gset
	INSERT INTO campaign.prospect (external_id, person, email, professional_email, phone, linkedin_url, first_name, last_name, company, job_title, country, attributes)
	SELECT w || '-1', w, w || '@' || w || '.example', 'pro@' || w || '.example', '+33 ' || w, 'https://linkedin.example/in/' || w, w, w || 'son', w || ' & Co', 'Head of ' || w, w, jsonb_build_object('note', w)
	FROM unnest('{quokka,wombat}'::text[]) w;
	INSERT INTO campaign.agreement (prospect_id, external_id, payment_type, attributes) SELECT p.id, 'sub ' || p.person, 'recurring', jsonb_build_object('of', p.person) FROM campaign.prospect p;
	SELECT campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
	SELECT campaign.create_sequence('told', '[{"email": {"subject": "Hello {{first_name}}", "body": "Dear {{first_name}} of {{company}}, {{run.word}}"}}, {"wait": {"until": "replied", "within": "5 days", "else": "end"}}]');
	SELECT campaign.create_campaign('told', 'told', :member, ARRAY[:account]::bigint[]) AS campaign \gset
	SELECT campaign.launch(:campaign);
	SELECT count(*) FROM campaign.prospect p, campaign.enroll(:campaign, ARRAY[p.id], payload => jsonb_build_object('word', p.person));
	\echo :campaign
}) =~ /(\d+)\s*\z/ ? $1 : die 'no campaign';
ok(poll_until($old, "SELECT count(*) FROM campaign.action WHERE campaign_id = $erased AND state = 'complete'", '2'), 'both are written to');
# a signed report that is kept as it came, a reply that is noted, attempts, a stop
$old->safe_psql('postgres', q{
	SELECT campaign.ingest('standard', jsonb_build_object('webhook-id', v.person, 'webhook-timestamp', v.at,
		'webhook-signature', 'v1,' || encode(campaign.hmac(decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'), convert_to(v.person || '.' || v.at || '.' || v.body, 'UTF8')), 'base64')), convert_to(v.body, 'UTF8'))
	FROM (SELECT p.person, extract(epoch FROM campaign.clock())::bigint::text AS at, jsonb_build_object('type', 'clicked', 'data', jsonb_build_object('email', p.email, 'text', p.person))::text AS body
	      FROM campaign.prospect p) v;
	SELECT campaign.record_event('replied', p.id, detail => jsonb_build_object('text', 'I am ' || p.person)) FROM campaign.prospect p;
	SELECT campaign.open_session(campaign.campaign_id('told'), 'sign_up', p.external_id, contact => jsonb_build_object('first_name', p.person)) FROM campaign.prospect p;
	SELECT campaign.suppress('email', p.email, 'asked by mail') FROM campaign.prospect p;
});
ok(poll_until($old, 'SELECT count(*) FROM campaign.inbox', '0'), 'what they said is taken in');
my (undef, $before) = dump_of($old, 'before');
cmp_ok(scalar(() = $before =~ /quokka/g), '>', 25, 'a dump has the person in many places');
my $others = () = $before =~ /wombat/g;
$old->safe_psql('postgres', q{SELECT campaign.erase_prospect(p.id) FROM campaign.prospect p WHERE p.person = 'quokka'});
ok(poll_until($old, 'SELECT count(*) FROM campaign.erasure WHERE done_at IS NULL', '0'), 'the person is erased');
my (undef, $after) = dump_of($old, 'after');
is_deeply([ map { my $line = $_; $line =~ /quokka|71756f6b6b61/i ? substr($line, 0, 200) : () } split /\n/, $after ], [], 'no line of a dump has a word of the person, in letters or in bytes');
is(scalar(() = $after =~ /wombat/g), $others, 'and of the other one all that it had');
is($old->safe_psql('postgres', "SELECT count(*), count(*) FILTER (WHERE end_kind = 'removed' OR ended_at IS NOT NULL) FROM campaign.enrollment WHERE campaign_id = $erased"), '2|2', 'counts stay');

# ---- dump, restore elsewhere, dump ----------------------------------------------------------------------------------

my $sent = sent(); # to the person and the other one
for my $sink ($knows, $blind)
{
	my $campaign = run_campaign($old, count => 10, url => $sink->url, provider => 'half', options => { idempotent => $sink == $knows }, max => 5);
	ok(poll_until($old, "SELECT count(*) FROM campaign.action WHERE campaign_id = $campaign AND state = 'complete'", '5'), 'five of ten are sent');
}
$sent += 10;
is(sent(), $sent, 'as the receivers say');
ok(poll_until($old, 'SELECT count(*) FROM campaign.batch WHERE position IS NULL', '0'), 'the log is sealed');
$old->stop('fast', audited => 1);
$old->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$old->start;
my ($file, $first) = dump_of($old, 'origin');
my $other = new_node('campaign.safety_poll' => '1s', shared_preload_libraries => '');
$other->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', $file ], 'it can be restored into another cluster');
my (undef, $second) = dump_of($other, 'copy');
ok($second eq $first, 'and its dump is the same text') or do
{
	my @lines = split /\n/, $first;
	my @others = split /\n/, $second;
	my ($at) = grep { ($lines[$_] // '') ne ($others[$_] // '') } 0 .. $#lines;
	diag('line ', $at // 0, ': ', $lines[ $at // 0 ] // 'nothing', ' became ', $others[ $at // 0 ] // 'nothing');
};
$other->stop('fast', audited => 1);

# ---- pg_upgrade -------------------------------------------------------------------------------------------------------

# From 15 to 15, by the same binaries: what matters here is the same as between two versions.
my $new = PostgreSQL::Test::Cluster->new('upgraded');
$new->init;
$_->append_conf('postgresql.conf', "shared_preload_libraries = 'campaign'\nmax_worker_processes = 16\ncampaign.private_networks = '127.0.0.0/8'\ncampaign.safety_poll = '1s'") for $old, $new;
$old->stop('fast', audited => 1);
my $bin = $old->config_data('--bindir');
my $here = Cwd::getcwd();
chdir $place;
$old->command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin, '-s', $new->host, '-p', $old->port, '-P', $new->port ],
	'pg_upgrade runs with the library preloaded on both sides (L2)');
chdir $here;
$new->start;
my $status = q{SELECT string_agg(DISTINCT status, ', ') FROM campaign.worker_status WHERE kind <> 'launcher'};
ok(poll_until($new, $status, 'not armed: it was armed on another server', 30), 'afterwards workers say why they hold');
is($new->safe_psql('postgres', q{SELECT extversion = campaign.library_version() FROM pg_extension WHERE extname = 'campaign'}), 't', 'the extension is as it was');
$new->safe_psql('postgres', 'DELETE FROM campaign.quota; SELECT campaign.wake()');
my $rounds = q{SELECT min(rounds) FROM campaign.worker_status WHERE kind <> 'launcher' AND pid IS NOT NULL};
for (1 .. 3)
{
	my $turns = $new->safe_psql('postgres', $rounds);
	$new->safe_psql('postgres', 'SELECT campaign.wake()');
	wait_until(sub { $new->safe_psql('postgres', $rounds) > $turns }, 20) or fail('workers look again');
}
is(sent(), $sent, 'nothing is sent');
# its original is gone, and there is none to have sent meanwhile
is($new->safe_psql('postgres', q{SELECT count(*), sum(queued), sum(paused) FROM campaign.arm(in_doubt => 'send') WHERE campaign ~ '^c\d'}), '2|10|0', 'armed, with nothing in doubt');
ok(wait_until(sub { sent() >= $sent + 10 }, 30), 'it goes on');
ok(poll_until($new, q{SELECT count(*) FROM campaign.action WHERE state NOT IN ('complete', 'failed')}, '0', 30), 'until all are sent');
is(sent(), $sent + 10, 'and none twice');
my %seen;
$seen{ $_->{key} }++ for $knows->requests, $blind->requests;
is(scalar(grep { $_ > 1 } values %seen), 0, 'as their keys say, too');
$new->stop('fast');
unlike(slurp_file($new->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing has crashed');
done_testing();
