# Owners are told of contacts that wait for them, and subscribers of alerts, over channels of the network, by real
# servers: once each, tried again as actions are, and never twice where nobody can know (S1.4, S3.9, B6).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignMail;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

eval { require JSON::PP; 1 } or plan skip_all => 'no JSON::PP';
system('python3 -c "import aiosmtpd" 2>/dev/null') == 0 or plan skip_all => 'no aiosmtpd';

# What follows comes from wake-ups: the safety poll is too far away to help.
my $authority = make_authority() or plan skip_all => 'no openssl';
# Of two dispatchers one sends them.
my $node = new_node('campaign.dispatchers' => 2, 'campaign.ca_file' => $authority->{ca}, 'campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
my $sink = start_sink('--idempotent');
my $smtpd = start_smtpd($authority, '--login', 'robot@example.org:secret phrase', '--whole');
my $names = 0;

# A channel of the network for notices, and its id.
sub channel
{
	my ($transport, $url, $options, $secret) = @_;
	my $name = 'c' . ++$names;
	$secret = defined $secret ? "'$secret'" : 'NULL';
	return $node->safe_psql('postgres',
		"INSERT INTO campaign.channel (name, transport, url, secret, options) VALUES ('$name', '$transport', '$url', $secret, '$options') RETURNING id");
}

# A live campaign whose owner has to approve two mails at once; its id.
sub campaign_of
{
	my ($owner, $channel) = @_;
	return $node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (name, email, notify_channel_id) VALUES ('$owner', '$owner\@example.com', $channel) RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address) VALUES (:member, 1, '$owner') RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, email) SELECT '$owner' || i, '$owner' || i || '\@example.com' FROM generate_series(1, 2) i;
SELECT campaign.create_sequence('$owner', '[{"email": {"subject": "S", "body": "B"}}]') \\g /dev/null
SELECT campaign.create_campaign('Campaign of $owner', '$owner', :member, ARRAY[:account], settings => '{"approval": "all"}') AS campaign \\gset
SELECT campaign.launch(:campaign) \\g /dev/null
SELECT count(*) FROM campaign.enroll(:campaign, ARRAY(SELECT id FROM campaign.prospect WHERE external_id LIKE '$owner%')) \\g /dev/null
\\echo :campaign
SQL
}

sub state_of
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', kind, state, attempts), ', ' ORDER BY notice_id) FROM campaign.notices WHERE campaign_id = $campaign";
}

# The different keys of requests of such a path.
sub keys_of
{
	my ($path) = @_;
	my %keys = map { $_->{key} => 1 } grep { $_->{path} =~ /\Q$path\E/ } $sink->requests;
	return keys %keys;
}

sub mails { return grep { $_->{what} eq 'accepted' } $smtpd->events; }

# ---- by HTTP -------------------------------------------------------------------------------------------------------

my $local = '"allow_http": true, "allow_private": true, "retry_first_ms": 10';
my $hook = channel('http', $sink->url('/ok?hook'), "{$local, \"idempotent\": true}");
my $campaign = campaign_of('ada', $hook);
ok(poll_until($node, state_of($campaign), 'validation_requested complete 1', 30), 'S1.4: an owner is told over a channel of transport http');
my @told = grep { $_->{path} eq '/ok?hook' } $sink->requests;
is(scalar(@told), 1, 'by one request');
my $body = JSON::PP::decode_json($told[0]{body});
is_deeply([ @$body{qw(kind actions)}, $body->{member}{name}, $body->{campaign}{id} ], [ 'validation_requested', 2, 'ada', $campaign ],
	'which says of what, how much, and to whom');
is($body->{key}, $told[0]{key}, 'under a key');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.queue WHERE campaign_id = $campaign AND state = 'awaiting_approval'"), '2', 'and both wait for him');

# ---- by mail -------------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', "SELECT campaign.set_secret('mail:robot\@example.org', 'robot\@example.org:secret phrase')");
my $mail = channel('smtp', "smtp://localhost:$smtpd->{port}", '{"allow_private": true, "retry_first_ms": 10}', 'mail:{address}');
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (name) VALUES ('Robot') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, display_name) VALUES (:member, $mail, 'robot\@example.org', 'Campaigns') RETURNING id
SQL
$campaign = campaign_of('grey', $mail);
ok(poll_until($node, state_of($campaign), 'validation_requested complete 2', 30), 'and by mail: put off at first, it is sent again');
my @accepted = mails();
is(scalar(@accepted), 1, 'and is accepted once');
is($accepted[0]{sender}, 'robot@example.org', 'from the account of the channel, whose login it is');
is($accepted[0]{to}, 'grey@example.com', 'to the owner');
is($accepted[0]{from}, 'Campaigns <robot@example.org>', 'by name');
is($accepted[0]{subject}, 'Campaign of grey: contacts wait for your approval', 'it says of which campaign');
like($accepted[0]{text}, qr/2 so far.*state = 'awaiting_approval'/s, 'how many, and where to look');
is_deeply($accepted[0]{defects}, [], 'and is a mail without faults');

# An alert goes to each who subscribed to it, over the channel of each.
$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.member (name, email, notify_channel_id) VALUES ('eve', 'eve\@example.com', $mail), ('nobody', NULL, $mail);
INSERT INTO campaign.alert_subscription (member_id, campaign_id) SELECT id, $campaign FROM campaign.member WHERE name IN ('ada', 'eve', 'nobody');
UPDATE campaign.account SET session_state = 'disconnected' WHERE address = 'grey';
SQL
ok( poll_until($node, "SELECT string_agg(concat_ws(' ', member, state), ', ' ORDER BY member) FROM campaign.notices WHERE kind = 'alert_raised'",
		'ada complete, eve complete, nobody failed', 30),
	'S3.9: an alert reaches its subscribers, each over his channel');
is($node->safe_psql('postgres', "SELECT outcome ->> 'detail' FROM campaign.notices WHERE member = 'nobody'"), 'the member has no email address', 'but for one who has no address');
@accepted = mails();
is(scalar(@accepted), 2, 'by one mail');
like($accepted[1]{subject}, qr/^Campaign of grey: the session of account "grey" is disconnected$/, 'that says what is wrong');
like($accepted[1]{text}, qr/Remedy: UPDATE campaign\.account SET session_state = 'connected' WHERE id = \d+/, 'and what to do about it');
$body = JSON::PP::decode_json((grep { $_->{path} eq '/ok?hook' } $sink->requests)[1]{body});
is_deeply([ @$body{qw(kind code severity)} ], [qw(alert_raised session_disconnected error)], 'and by one request');

# ---- what fails ------------------------------------------------------------------------------------------------------

$campaign = campaign_of('ben', channel('http', $sink->url('/status/503?times=2&retry_after=0'), "{$local, \"idempotent\": true}"));
ok(poll_until($node, state_of($campaign), 'validation_requested complete 3', 30), 'what a gateway puts off is tried again');
is(scalar(keys_of('times=2')), 1, 'under one key');
$campaign = campaign_of('cid', channel('http', $sink->url('/status/400'), "{$local}"));
ok(poll_until($node, state_of($campaign), 'validation_requested failed 1', 30), 'what it refuses is not');
is($node->safe_psql('postgres', "SELECT outcome ->> 'status' FROM campaign.notices WHERE campaign_id = $campaign"), '400', 'and what it said is there');
$campaign = campaign_of('dan', channel('http', $sink->url('/close-before'), "{$local}"));
ok(poll_until($node, state_of($campaign), 'validation_requested unknown 1', 30), 'where nobody can know, it is not sent twice');
my $shut = channel('http', $sink->url('/ok?shut'), '{"allow_http": true, "allow_private": true, "retry_first_ms": 10, "idempotent": true}', 'token');
$campaign = campaign_of('eli', $shut);
ok(poll_until($node, "SELECT attempts > 1 AND state = 'queued' FROM campaign.notices WHERE campaign_id = $campaign", 't', 30), 'a channel without its secret is given nothing');
is(scalar(grep { $_->{path} eq '/ok?shut' } $sink->requests), 0, 'and its gateway hears nothing');

# ---- a dispatcher that dies -------------------------------------------------------------------------------------------

my %left;
$left{idempotent} = campaign_of('fay', channel('http', $sink->url('/slow?ms=3000'), "{$local, \"idempotent\": true}"));
$left{other} = campaign_of('gus', channel('http', $sink->url('/slow?ms=3001'), "{$local}"));
ok(poll_until($node, "SELECT count(*) FROM campaign.notices WHERE campaign_id IN ($left{idempotent}, $left{other}) AND state = 'processing'", '2', 30), 'two are under way');
wait_until(sub { 2 == grep { $_->{path} =~ /slow/ } $sink->requests }, 20);
my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_slots() WHERE kind = 'dispatcher' AND number = 0");
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok(poll_until($node, state_of($left{other}), 'validation_requested unknown 1', 60), 'of one nobody knows what came of it');
ok(poll_until($node, state_of($left{idempotent}), 'validation_requested complete 2', 60), 'and the other goes again, under its key');
is(scalar(keys_of('ms=3000')), 1, 'which is the same');

is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.action WHERE attempt > 0'), '0', 'none of these is an action');
$node->stop;
done_testing();
