# The search for professional addresses by Dropcontact, against a double of it, through the real loop: submitted, asked for
# until it is ready, found and not found as ways of the sequence (S2.10), what was found written to before all else
# (S2.13), and what goes wrong on the way.
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignRun;
use CampaignServices;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('campaign.safety_poll' => '1h');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
$node->safe_psql('postgres', q(INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'business')));
# asking twice a minute is too seldom for a test: own rows stand before the built-in ones
$node->safe_psql('postgres', qq(
	INSERT INTO campaign.adapter (name, action_kind, position, role, method, path, headers, body, repeatable, takes, every, item, batch)
	SELECT name, action_kind, position, role, method, path, headers, body, repeatable, takes, CASE WHEN role = 'poll' THEN interval '1 second' END, item, batch
	FROM campaign.adapter WHERE workspace_id = 0 AND name LIKE 'dropcontact%'));

my $token = 'token-9f8e7d';
my $dropcontact = start_dropcontact(key => $token, ready_after => 2, finds => {
	Ada => [ 'contact@acme.example', 'generic@pro', 'ada@acme.example', 'nominative@pro' ],
	Cy => [ 'cy@acme.example', 'catch_all@pro' ],
	Dot => [ 'dot@mail.example', 'nominative@perso' ],
	Eve => [ "eve\n\@acme.example", 'nominative@pro' ],
});
my $steps = q([{"find_email": {}}, {"branch": [{"when": "email_found", "then": [{"end": "success"}]}, {"else": [{"end": "failure"}]}]}]);

sub find
{
	my (%wish) = @_;
	my @people = map { { first_name => $_, last_name => 'Berg', company => 'Acme' } } @{ delete $wish{people} // ['Ada'] };
	return service_campaign($node, adapter => 'dropcontact', url => $dropcontact->url, secret => $token, steps => $steps, people => \@people, %wish);
}

sub addresses
{
	my ($campaign) = @_;
	return $node->safe_psql('postgres', "SELECT string_agg(COALESCE(professional_email, '-'), ' ' ORDER BY id) FROM campaign.prospect WHERE external_id LIKE '$campaign->{name}-%'");
}

sub action
{
	my ($campaign) = @_;
	return "SELECT concat_ws(' ', state, reason) FROM campaign.action WHERE campaign_id = $campaign->{id}";
}

# ---- found and not found ----------------------------------------------------------------------------------

my $search = find(people => [qw(Ada Ben Cy Dot Eve)]);
my $n = $search->{name};
ok(poll_until($node, ends_of($search), "$n-1 success success, $n-2 failure failure, $n-3 failure failure, $n-4 failure failure, $n-5 failure failure", 40),
	'who is found goes one way, who is not the other (S2.10)');
is(addresses($search), 'ada@acme.example - - - -', 'and the address of one person at a company is kept, no other');
my @submitted = $dropcontact->requests(method => 'POST');
my ($ada) = grep { $_->{first_name} eq 'Ada' } map { @{ $_->{json}{data} } } @submitted;
is_deeply([ sort keys %$ada ], [qw(company custom_fields first_name last_name)], 'it is told what there is, and nothing that there is not');
is($node->safe_psql('postgres', "SELECT first_name FROM campaign.action a JOIN campaign.prospect p ON p.id = a.prospect_id WHERE a.id = $ada->{custom_fields}{action_id}"),
	'Ada', 'custom fields carry the action');
is($submitted[0]{headers}{'x-access-token'}, $token, 'with the token');
is(scalar(map { @{ $_->{json}{data} } } @submitted), 5, 'each was submitted once');
is(scalar(my @asked = $dropcontact->requests(method => 'GET')), 3 * @submitted, 'and each request asked for until it was ready');
is($node->safe_psql('postgres', 'SELECT balance FROM campaign.credit_balance'), '495', 'a search costs a credit, whatever comes of it (S2.11)');
is($node->safe_psql('postgres', "SELECT string_agg(kind || detail::text, ' ' ORDER BY id) FROM campaign.event WHERE campaign_id = $search->{id} AND kind = 'email_found'"),
	'email_found{"qualification": "nominative@pro"}', 'what was found is an event, without the address');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE detail::text LIKE '%acme.example%'"), '0', 'which is in no event at all');

my $half = find(people => [ ('Ada', 'Ben') x 10 ]);
ok(poll_until($node, "SELECT string_agg(n || ' ' || end_kind, ', ' ORDER BY end_kind) FROM (SELECT end_kind, count(*) AS n FROM campaign.enrollment WHERE campaign_id = $half->{id} GROUP BY 1) e",
	'10 failure, 10 success', 40), 'of twenty, one of two is found');
is(join(' ', grep { /\@/ } split ' ', addresses($half)), join(' ', ('ada@acme.example') x 10), 'and has the address');

my $lenient = find(adapter => 'dropcontact_catch_all', people => [qw(Cy Dot)]);
$n = $lenient->{name};
ok(poll_until($node, ends_of($lenient), "$n-1 success success, $n-2 failure failure", 40), 'what counts as found is data: another adapter takes addresses of domains that take all');
is(addresses($lenient), 'cy@acme.example -', 'and keeps them');

# ---- what is refused --------------------------------------------------------------------------------------

my $unknown = service_campaign($node, adapter => 'dropcontact', url => $dropcontact->url, secret => $token, steps => $steps, people => [ { first_name => 'Fay' } ]);
ok(poll_until($node, ends_of($unknown), "$unknown->{name}-1 error too_little_known", 20), 'of whom too little is known cannot be searched for');
is($node->safe_psql('postgres', q(SELECT balance FROM campaign.credit_balance)), '473', 'which costs nothing');

my $stranger = find(secret => 'wrong');
ok(poll_until($node, "SELECT session_state FROM campaign.account WHERE id = $stranger->{account}", 'disconnected', 20), 'a token that is refused takes the account out of use');
ok(poll_until($node, action($stranger), 'queued', 20), 'and nobody leaves by it');
is($node->safe_psql('postgres', "SELECT message, remedy FROM campaign.account_fault WHERE account_id = $stranger->{account} AND code = 'session_disconnected'"),
	qq(account "$stranger->{name}" is of no use to channel "$stranger->{name}": unauthorized|SELECT campaign.set_secret('$stranger->{name}', '...')), 'which says why, and what helps');
$node->safe_psql('postgres', "SELECT campaign.set_secret('$stranger->{name}', '$token')");
ok(poll_until($node, ends_of($stranger), "$stranger->{name}-1 success success", 30), 'with the right one it goes on by itself');

$dropcontact->next_answer({ method => 'POST', status => 403, json => { error => 1, success => 0, reason => 'Not enough credits' } });
my $broke = find();
ok(poll_until($node, action($broke), 'held no_credit_at_provider', 20), 'where Dropcontact has no credits left it waits for a person');
$node->safe_psql('postgres', "SELECT campaign.requeue(ARRAY(SELECT id FROM campaign.action WHERE campaign_id = $broke->{id}))");
ok(poll_until($node, ends_of($broke), "$broke->{name}-1 success success", 30), 'who lets it go on');

# ---- too much at once, and too slow ------------------------------------------------------------------------

$dropcontact->next_answer({ method => 'POST', status => 429, headers => { 'Retry-After' => 1 }, json => { reason => 'Rate limit exceeded' } });
my $limited = find();
ok(poll_until($node, "SELECT closed_until BETWEEN now() + interval '10 seconds' AND now() + interval '61 seconds' FROM campaign.lane WHERE account_id = $limited->{account}", 't', 20),
	'at the limit nothing more is asked of it for a minute');
is($node->safe_psql('postgres', action($limited)), 'queued', 'and what was asked waits');

$dropcontact->next_answer({ method => 'GET', status => 429, json => {} }, { method => 'GET', status => 500, body => 'oops' }, { method => 'GET', status => 401, json => {} },
	{ method => 'GET', cut => 1 }, { method => 'GET', status => 200, json => { success => \1, data => [] } });
my $bumpy = find();
ok(poll_until($node, ends_of($bumpy), "$bumpy->{name}-1 success success", 40), 'a question that is answered in no way is asked again');
is($dropcontact->faults_left, 0, 'after limits, faults, refusals and cuts, and an answer that has nothing of us');

$dropcontact->next_answer({ method => 'GET', status => 404, json => { reason => 'Unknown request id' } });
my $forgotten = find();
ok(poll_until($node, ends_of($forgotten), "$forgotten->{name}-1 success success", 40), 'what it has forgotten is submitted anew');
is(scalar(grep { ($_->{json}{data}[0]{custom_fields}{action_id} // '') eq $node->safe_psql('postgres', "SELECT id FROM campaign.action WHERE campaign_id = $forgotten->{id}") }
	$dropcontact->requests(method => 'POST')), 2, 'once more');

$dropcontact->next_answer({ method => 'POST', hang => 1 }, { method => 'POST', after => 1, cut => 1 });
my $slow = find(options => { timeout_ms => 1000 });
ok(poll_until($node, ends_of($slow), "$slow->{name}-1 success success", 40), 'what was cut off, or not answered in time, is submitted again: to search twice does no harm');

my $never = start_dropcontact(key => $token, ready_after => 1_000_000);
my $patient = find(url => $never->url, options => { pending_expires => '3 seconds' });
ok(poll_until($node, action($patient), 'processing awaiting_report', 20), 'what was submitted is awaited');
ok(poll_until($node, ends_of($patient), "$patient->{name}-1 error expired", 30), 'what never gets ready expires');
$never->stop;

# ---- answers that are none -----------------------------------------------------------------------------------

my %hostile = (
	'no JSON' => { status => 200, body => '<html>' },
	'ten megabytes' => { status => 200, body => 'x', blanks => 10_000_000 },
	'deep nesting' => { status => 200, deep => 100_000 },
	'bytes that are no text' => { status => 200, hex => '7b22726561736f6e223a22fffe80227d' },
	'a zero byte' => { status => 200, hex => '7b2272657175657374223a225c7530303030227d' },
	'a request id that is none' => { status => 200, json => { success => \1, request_id => { a => 1 } } },
	'an empty answer' => { status => 200, body => '' },
);
for my $what (sort keys %hostile)
{
	$dropcontact->next_answer({ %{ $hostile{$what} }, method => 'POST' });
	my $campaign = find();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), "$what for an answer: it is submitted again");
	delete $hostile{$what} if $what eq 'a request id that is none';
}
for my $what (sort keys %hostile)
{
	$dropcontact->next_answer({ %{ $hostile{$what} }, method => 'GET' });
	my $campaign = find();
	ok(poll_until($node, ends_of($campaign), "$campaign->{name}-1 success success", 30), "$what for a result: it is asked for again");
}
is($dropcontact->faults_left, 0, 'all of them were got');
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'and nobody is stuck (B5)');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.event WHERE detail::text LIKE '%$token%'"), '0', 'the token is in no event');
unlike(slurp_file($node->logfile), qr/$token/, 'nor in the log of the server');

$dropcontact->stop;
$node->stop;
done_testing();
