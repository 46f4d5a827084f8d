# Handing over to a CRM, HubSpot and noCRM.io, against doubles of them, through the real loop: who is known there is changed, not
# made anew, nothing is made twice, and what goes wrong on the way (S2.15, S2.16, S2.50).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignServices;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');

my $secret = 'pat-5d6c7b';
my $ada = { first_name => 'Ada', last_name => 'Berg', company => 'Acme', email => 'ada@mail.example', professional_email => 'ada@acme.example' };

sub action
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', state, reason), ', ' ORDER BY id) FROM campaign.action WHERE campaign_id = $campaign->{id}";
}

# Nothing that comes back may keep the others up, or be taken for what it is not.
my %hostile = (
	'no JSON' => { status => 200, body => '<html>' },
	'ten megabytes' => { status => 200, body => 'x', blanks => 10_000_000 },
	'deep nesting' => { status => 200, deep => 100_000 },
	'bytes that are no text' => { status => 200, hex => '7b2269640022fffe80227d' },
	'an id that is none' => { status => 200, json => { results => 'x', id => undef } },
	'an empty answer' => { status => 200, body => '' },
);

# ---- HubSpot ---------------------------------------------------------------------------------------------

my $hubspot = start_hubspot(token => $secret);
my $crm = q([{"crm_sync": {}}]);

sub to_hubspot
{
	my (%wish) = @_;
	return service_campaign($node, adapter => 'hubspot', url => $hubspot->url, secret => $secret, steps => $crm, people => [$ada], %wish);
}

my $first = to_hubspot(people => [ $ada, { first_name => 'Ben', email => 'ben@mail.example' }, { first_name => 'Cy' } ]);
ok(poll_until($node, ends_of($first), join(', ', map { "$first->{name}-$_ success success" } 1 .. 3), 30), 'three are handed over to HubSpot');
my $contacts = held($hubspot);
is_deeply([ sort { $a cmp $b } map { join ' ', map { $_ // '' } @$_{qw(email firstname company)} } values %$contacts ],
	[ ' Cy ', 'ada@acme.example Ada Acme', 'ben@mail.example Ben ' ], 'by the professional address, by the other, and by none');
my ($put) = $hubspot->requests(path => '/crm/v3/objects/contacts/batch/upsert');
is_deeply([ sort map { $_->{objectWriteTraceId} } map { @{ $_->{json}{inputs} } } $hubspot->requests(path => '/crm/v3/objects/contacts/batch/upsert') ],
	[ split /\n/, $node->safe_psql('postgres', "SELECT key FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.campaign_id = $first->{id} AND p.email IS NOT NULL ORDER BY key COLLATE \"C\"") ],
	'what is written is traced by the key of the action');
is($put->{headers}{authorization}, "Bearer $secret", 'with the token');

my $second = to_hubspot(people => [ { %$ada, job_title => 'CTO' } ]);
ok(poll_until($node, ends_of($second), "$second->{name}-1 success success", 30), 'handed over once more');
is(scalar keys %{ held($hubspot) }, 3, 'nobody is there twice');

# Of the same prospect, without an address: by the id that HubSpot gave.
my $twice = to_hubspot(people => [ { first_name => 'Dot' } ], steps => q([{"crm_sync": {}}, {"crm_sync": {}}]));
ok(poll_until($node, ends_of($twice), "$twice->{name}-1 success success", 30), 'one without an address is handed over twice');
is(scalar keys %{ held($hubspot) }, 4, 'and is there once');

# Errors of one: a contact that HubSpot does not take.
my $invalid = to_hubspot(people => [ { first_name => 'Eve', email => 'eve@nowhere' }, { first_name => 'Fay', email => 'fay@mail.example' } ]);
ok(poll_until($node, ends_of($invalid), "$invalid->{name}-1 error invalid_contact, $invalid->{name}-2 success success", 30), 'an error of one contact is that of its action alone');

$hubspot->next_answer({ status => 207, json => { status => 'COMPLETE', results => [ { id => '7' } ], numErrors => 1,
	errors => [ { category => 'VALIDATION_ERROR', context => { objectWriteTraceId => ['of another'] } } ] } });
my $mixed = to_hubspot();
ok(poll_until($node, ends_of($mixed), "$mixed->{name}-1 success success", 30), 'the error of another one is none of ours');
my $busy = to_hubspot(people => [ { first_name => 'Hal', email => 'busy@mail.example' } ]);
ok(poll_until($node, ends_of($busy), "$busy->{name}-1 success success", 30), 'one that another is just writing is put in again');

# What passes: a repeat under the same key.
for my $fault (
	[ 'a conflict', { status => 409, json => { status => 'error', category => 'CONFLICT', message => 'Contact already exists. Existing ID: 101' } } ],
	[ 'a conflict that comes as a bad request', { status => 400, json => { status => 'error', category => 'VALIDATION_ERROR', message => 'Contact already exists. Existing ID: 101' } } ],
	[ 'a contact that is locked', { status => 423, json => { status => 'error' } } ],
	[ 'a fault of theirs', { status => 500, json => { status => 'error' } } ],
	[ 'a gateway in between', { status => 502, body => 'Bad Gateway' } ],
	[ 'a connection that is cut', { cut => 1 } ],
	[ 'a connection that is cut when it was done', { cut => 1, after => 1 } ],
	map { [ $_, $hostile{$_} ] } sort keys %hostile)
{
	$hubspot->next_answer($fault->[1]);
	my $campaign = to_hubspot();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), "$fault->[0]: it is repeated, since that does no harm");
	is($hubspot->faults_left, 0, 'it was so');
}
is(scalar keys %{ held($hubspot) }, 6, 'after all of that nobody is there twice');

$hubspot->next_answer({ hang => 1 });
my $slow = to_hubspot(options => { timeout_ms => 1000 });
ok(poll_until($node, ends_of($slow), "$slow->{name}-1 success success", 30), 'nor if there is no answer in time');

# Creating without an address is not repeated where nobody knows.
$hubspot->next_answer({ method => 'POST', path => '/crm/v3/objects/contacts', cut => 1, after => 1 });
my $unsure = to_hubspot(people => [ { first_name => 'Gil' } ]);
ok(poll_until($node, action($unsure), 'held unknown_outcome', 30), 'a contact without an address that may have been made is not made again');
is(scalar(grep { ($_->{firstname} // '') eq 'Gil' } values %{ held($hubspot) }), 1, 'it is there once');

# Limits: nothing more is asked for a while.
for my $limit ([ 'of ten seconds', '10 seconds', { policyName => 'TEN_SECONDLY_ROLLING' } ], [ 'of the day', '1 hour', { policyName => 'DAILY' } ])
{
	$hubspot->next_answer({ status => 429, json => { status => 'error', errorType => 'RATE_LIMIT', %{ $limit->[2] } } });
	my $campaign = to_hubspot();
	ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '$limit->[1]' - interval '5 seconds' AND now() + interval '$limit->[1]' FROM campaign.lane WHERE account_id = $campaign->{account}", 't', 20),
		"the limit $limit->[0] closes the lane for $limit->[1]");
	is($node->safe_psql('postgres', action($campaign)), 'queued', 'and the action waits');
}

# The token is not good, or not for this.
for my $refusal ([ 401, 'INVALID_AUTHENTICATION' ], [ 403, 'MISSING_SCOPES' ])
{
	$hubspot->next_answer({ status => $refusal->[0], json => { status => 'error', category => $refusal->[1] } });
	my $campaign = to_hubspot();
	ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $campaign->{account}", 'disconnected', 20), "$refusal->[1] takes the account out of use");
	$node->safe_psql('postgres', "UPDATE campaign.account SET session_state = 'connected' WHERE id = $campaign->{account}");
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), 'connected again it goes on');
}

# ---- noCRM.io ----------------------------------------------------------------------------------------------

my $nocrm = start_nocrm(key => $secret, users => ['anna@acme.example']);

sub to_nocrm
{
	my (%wish) = @_;
	return service_campaign($node, adapter => 'nocrm', url => $nocrm->url, secret => $secret, steps => $crm, people => [$ada], %wish);
}

sub leads_of
{
	my ($campaign) = @_;
	return grep { $_->{tags}[0] eq $campaign->{name} } values %{ held($nocrm) };
}

my $lead = to_nocrm(steps => q([{"crm_sync": {}}, {"crm_sync": {}}]));
ok(poll_until($node, ends_of($lead), "$lead->{name}-1 success success", 30), 'one is handed over to noCRM.io twice');
my @leads = leads_of($lead);
is(scalar @leads, 1, 'one lead comes of it');
is($leads[0]{title}, 'Ada Berg (Acme)', 'with a title');
like($leads[0]{description}, qr/^First name: Ada\nLast name: Berg\n.*^Email: ada\@acme\.example\n.*^Reference: [0-9a-f]{32}$/ms, 'and lines of what is known');
like(join('|', @{ $leads[0]{comments} }), qr/^\Q$lead->{name}\E: handed over \nReference: [0-9a-f]{32}$/, 'the second time is a comment on it');
ok(!defined $leads[0]{user_id}, 'it is whose the key is');

my $owned = to_nocrm(address => 'anna@acme.example');
ok(poll_until($node, ends_of($owned), "$owned->{name}-1 success success", 30), 'an account with the address of a user');
is((leads_of($owned))[0]{user_id}, 'anna@acme.example', 'hands over to that user');
my $stranger = to_nocrm(address => 'nobody@acme.example');
ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $stranger->{account}", 'disconnected', 20), 'one that noCRM.io does not know is out of use');

# The outcome is not known: it is looked up before it is repeated.
my %unsure = (
	'it had been made, and the answer was cut off' => { method => 'POST', cut => 1, after => 1 },
	'it had not been made, and the answer was cut off' => { method => 'POST', cut => 1 },
	'it had been made, and the answer was a fault' => { method => 'POST', status => 500, after => 1, json => { error => 500 } },
	'it had been made, and the answer was of a gateway in between' => { method => 'POST', status => 504, after => 1, body => 'Gateway Timeout' },
	map { ("it had been made, and the answer was $_" => { %{ $hostile{$_} }, method => 'POST', after => 1 }) } keys %hostile,
);
for my $what (sort keys %unsure)
{
	$nocrm->next_answer($unsure{$what});
	my $campaign = to_nocrm();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), $what);
	is(scalar(my @made = leads_of($campaign)), 1, 'there is one lead');
	is($node->safe_psql('postgres', "SELECT v.value FROM campaign.contact_value v WHERE v.account_id = $campaign->{account} AND v.name = 'lead_id'"), $made[0]{id}, 'whose id is kept');
}

# So it is if the dispatcher dies while it waits for the answer.
$nocrm->next_answer({ method => 'POST', hang => 1, after => 1 });
my $died = to_nocrm();
ok(wait_until(sub { leads_of($died) }, 20), 'a lead is made, and the answer does not come');
my $pid = $node->safe_psql('postgres', "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher'");
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok(poll_until($node, ends_of($died), "$died->{name}-1 success success", 40), 'the dispatcher dies, and the next one looks it up');
is(scalar(my @survived = leads_of($died)), 1, 'there is one lead');

# The look-up does not help: a person decides.
$nocrm->next_answer({ method => 'POST', cut => 1, after => 1 }, { method => 'GET', status => 200, json => [ { id => 1 }, { id => 2 } ], times => 3 });
my $odd = to_nocrm(options => { retries => 4 });
ok(poll_until($node, action($odd), 'held unknown_outcome', 30), 'a look-up that finds what it was not asked for settles nothing');
is(scalar(my @made = leads_of($odd)), 1, 'and nothing is made twice');

# A comment cannot be looked up.
$nocrm->next_answer({ method => 'POST', path => '/api/v2/leads/', cut => 1, after => 1 });
my $said = to_nocrm(steps => q([{"crm_sync": {}}, {"crm_sync": {}}]));
ok(poll_until($node, action($said), 'complete, held unknown_outcome', 30), 'a comment that may be there is not made again');

for my $refusal (
	[ 'a lead that is not taken', { method => 'POST', status => 422, json => { error => 422, type => 'invalid_parameters' } }, 'error invalid_lead' ],
	[ 'bad parameters', { method => 'POST', status => 400, json => { error => 400, type => 'invalid_parameters' } }, 'error invalid_lead' ])
{
	$nocrm->next_answer($refusal->[1]);
	my $campaign = to_nocrm();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 $refusal->[2]", 30), "$refusal->[0]: the run ends, with the code");
}
for my $refusal ([ 401, 'unauthorized_wrong_api_key' ], [ 403, 'forbidden_action' ])
{
	$nocrm->next_answer({ status => $refusal->[0], json => { error => $refusal->[0], message => 'Forbidden', type => $refusal->[1] } });
	my $campaign = to_nocrm();
	ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $campaign->{account}", 'disconnected', 20), "$refusal->[1] takes the account out of use");
	is(scalar(my @none = leads_of($campaign)), 0, 'and makes nothing');
}
for my $limit ([ 60, '9 minutes', '10 minutes' ], [ 3600, '59 minutes', '60 minutes' ])
{
	$nocrm->next_answer({ status => 429, headers => { 'API-RETRY-AFTER' => $limit->[0] }, json => { error => 429, type => 'too_many_requests' } });
	my $limited = to_nocrm();
	ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '$limit->[1]' AND now() + interval '$limit->[2]' FROM campaign.lane WHERE account_id = $limited->{account}", 't', 20),
		"the limit closes the lane for as long as the service says in a header of its own, $limit->[2]");
}

# ---- a reply is told, once (S2.15, S2.50) -------------------------------------------------------------------

my $name = to_nocrm(steps => q([{"delay": "5 days"}]))->{name};
$node->safe_psql('postgres', "SELECT campaign.alter_campaign(id, settings => jsonb_build_object('reply_goal', name, 'exit_on_reply', false)) FROM campaign.campaign WHERE name = '$name'");
$node->safe_psql('postgres', "SELECT campaign.record_event('replied', '$name-1') FROM generate_series(1, 3)");
ok(wait_until(sub { 1 == grep { $_->{tags}[0] eq $name } values %{ held($nocrm) } }, 20), 'a reply is handed over');
$node->safe_psql('postgres', "SELECT campaign.record_event('replied', '$name-1')");
ok(poll_until($node, 'SELECT count(*) FROM campaign.inbox', '0', 20), 'another one is applied');
my ($told) = grep { $_->{tags}[0] eq $name } values %{ held($nocrm) };
like($told->{description}, qr/^Event: replied \d{4}-\d\d-\d\dT/m, 'it says what happened and when');
is(scalar @{ $told->{comments} }, 0, 'and of the other replies nothing');

is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');
is($node->safe_psql('postgres', "SELECT (SELECT count(*) FROM campaign.event WHERE detail::text LIKE '%$secret%') + (SELECT count(*) FROM campaign.exchange x WHERE x::text LIKE '%$secret%')"), '0',
	'the secret is in no event, and not kept with a request');
unlike(slurp_file($node->logfile), qr/$secret/, 'nor in the log of the server');

$_->stop for $hubspot, $nocrm;
$node->stop;
done_testing();
