-- Newcomers of campaigns with cohorts. Whoever is enrolled into one waits, with status blocked and
-- without a timer, until a slot lets him in: see src/engine/cohort.h.

CREATE FUNCTION campaign.max_cohort_size(workspace bigint) RETURNS integer
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(s.max_cohort_size, w.max_cohort_size)
    FROM campaign.workspace w
    LEFT JOIN campaign.workspace_setting s ON s.workspace_id = w.id
    WHERE w.id = $1
$$;
COMMENT ON FUNCTION campaign.max_cohort_size(bigint) IS 'Internal. The largest cohort that a campaign of this workspace may have';

-- S1.29: 0 can be stored, so that it can be shown what is wrong with it.
CREATE FUNCTION campaign.check_cohort_size(workspace bigint, settings jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most integer := campaign.max_cohort_size($1);
BEGIN
    IF jsonb_typeof($2 -> 'cohort_size') = 'number' AND ($2 ->> 'cohort_size')::numeric > most THEN
        RAISE EXCEPTION 'a cohort of % is too large', $2 ->> 'cohort_size'
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('$.cohort_size is %s, and max_cohort_size of the workspace is %s.', $2 -> 'cohort_size', most),
                HINT = format('It is 1 to %s.', most);
    END IF;
END
$$;
COMMENT ON FUNCTION campaign.check_cohort_size(bigint, jsonb) IS
    'Internal. Refuses settings with a cohort that is larger than the workspace allows';

-- D16: through a campaign of the same name and program, whoever owns it. What was sent is found by when
-- it was begun, within the run of the same person.
CREATE FUNCTION campaign.was_solicited(workspace bigint, campaign bigint, prospect bigint) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT
        FROM campaign.campaign c
        JOIN campaign.campaign o ON o.workspace_id = $1 AND o.name = c.name AND o.program IS NOT DISTINCT FROM c.program AND o.id <> c.id
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = $3
        JOIN campaign.prospect q ON q.workspace_id = $1 AND q.person_key = p.person_key
        JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.campaign_id = o.id AND e.prospect_id = q.id
        JOIN campaign.action a ON a.workspace_id = $1 AND a.campaign_id = o.id AND a.enrollment_id = e.id
            AND a.begun_at >= e.started_at AND a.begun_at <= COALESCE(e.ended_at, 'infinity') AND a.executed_at IS NOT NULL
        CROSS JOIN LATERAL (SELECT k.options FROM campaign.action_kind k
                            WHERE k.name = a.action_kind ORDER BY k.built_in LIMIT 1) k
        WHERE c.workspace_id = $1 AND c.id = $2 AND k.options -> 'reaches' = 'true')
$$;
COMMENT ON FUNCTION campaign.was_solicited(bigint, bigint, bigint) IS
    'Internal. Whether another campaign of the same name and program has already reached the person of this prospect (D16, S1.19)';

-- The same at the moment of sending: between the slot that let him in and the contact lies a day, in which
-- another campaign may have reached him. Only of the first contact of a run.
CREATE FUNCTION campaign.solicitation_of(workspace bigint, campaign bigint, prospect bigint, enrollment bigint) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
    IF EXISTS (
        SELECT FROM campaign.enrollment e
        JOIN campaign.action a ON a.workspace_id = $1 AND a.campaign_id = $2 AND a.enrollment_id = e.id
            AND a.begun_at >= e.started_at AND a.executed_at IS NOT NULL
        CROSS JOIN LATERAL (SELECT k.options FROM campaign.action_kind k
                            WHERE k.name = a.action_kind ORDER BY k.built_in LIMIT 1) k
        WHERE e.workspace_id = $1 AND e.id = $4 AND k.options -> 'reaches' = 'true') THEN
        RETURN NULL;
    ELSIF campaign.was_solicited($1, $2, $3) THEN
        RETURN 'sent';
    END IF;
    RETURN (
        SELECT 'under_way'
        FROM campaign.campaign c
        JOIN campaign.campaign o ON o.workspace_id = $1 AND o.name = c.name AND o.program IS NOT DISTINCT FROM c.program AND o.id <> c.id
        JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = $3
        JOIN campaign.prospect q ON q.workspace_id = $1 AND q.person_key = p.person_key
        JOIN campaign.action a ON a.workspace_id = $1 AND a.campaign_id = o.id AND a.state = 'processing' AND a.prospect_id = q.id
        CROSS JOIN LATERAL (SELECT k.options FROM campaign.action_kind k
                            WHERE k.name = a.action_kind ORDER BY k.built_in LIMIT 1) k
        WHERE c.workspace_id = $1 AND c.id = $2 AND k.options -> 'reaches' = 'true' LIMIT 1);
END
$$;
COMMENT ON FUNCTION campaign.solicitation_of(bigint, bigint, bigint, bigint) IS
    'Internal. Of a run that has not reached its person yet: sent, where another campaign of the same name and program has by now, under_way, where it is just doing so, else NULL (D16, S1.19)';

-- In a round. Whom the campaign would refuse is passed over, and the next one takes the place (D16), so
-- more are asked for than are missing. An audience that fails stops no slot: why is told instead.
CREATE FUNCTION campaign.enroll_newcomers(workspace bigint, campaign bigint, missing integer, at timestamptz)
    RETURNS TABLE (enrolled integer, fault text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    c campaign.campaign;
    found bigint[];
    chosen bigint[];
BEGIN
    enrolled := 0;
    SELECT x.* INTO c FROM campaign.campaign x WHERE x.workspace_id = $1 AND x.id = $2;
    IF c.state = 'closed' AND NOT EXISTS (SELECT FROM campaign.enrollment e
            WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.status = 'blocked') THEN
        -- nobody will ever come in again: this was the last slot
        UPDATE campaign.slot_clock k SET begun_until = 'infinity',
            due_at = (SELECT max(o.ends_at) FROM campaign.slot_occurrence o
                      WHERE o.workspace_id = $1 AND o.campaign_id = $2 AND o.state = 'running')
        WHERE k.workspace_id = $1 AND k.campaign_id = $2;
    ELSIF c.state = 'live' AND $3 > 0 THEN
        BEGIN
            SELECT array_agg(n.id ORDER BY n.place) INTO found
            FROM campaign.audience_newcomers($1, $2, 4 * $3 + 20) WITH ORDINALITY AS n(id, place);
            IF found IS NOT NULL THEN
                SELECT array_agg(f.id ORDER BY f.place) INTO chosen
                FROM (SELECT u.id, u.place FROM unnest(found) WITH ORDINALITY AS u(id, place)
                      JOIN campaign.classify_prospects(c, campaign.sorted_ids(found), $4, true) j ON j.prospect_id = u.id
                      WHERE j.result = 'enrolled' ORDER BY u.place LIMIT $3) f;
            END IF;
            IF chosen IS NOT NULL THEN
                SELECT count(*) FILTER (WHERE t.result = 'enrolled') INTO enrolled
                FROM campaign.take_in_promptly(c, campaign.sorted_ids(chosen), $4) t;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            enrolled := 0;
            fault := format('%s: %s', SQLSTATE, SQLERRM);
        END;
    END IF;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION campaign.enroll_newcomers(bigint, bigint, integer, timestamptz) IS
    'Internal. Enrols up to so many whom the audience of a campaign gives, who then wait for its slot as all others: how many, or why the audience could not be asked';
